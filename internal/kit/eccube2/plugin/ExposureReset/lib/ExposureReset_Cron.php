<?php
/** The round from cron. It says one line without anything of a member. */
class ExposureReset_Cron
{
    /** The exit status: 0 done or nothing to do, 1 failed, 2 EC-CUBE not found. */
    public static function main($html, $plugin)
    {
        $html = self::find($html, $plugin);
        if ($html === '') {
            echo "ExposureReset: EC-CUBE was not found. Give the directory of its index.php: php cron.php /path/to/html\n";
            return 2;
        }
        self::boot($html);
        try {
            return self::round(ExposureReset_Plugin::db());
        } catch (Exception $e) {
            ExposureReset_Eccube::log('cron', $e);
        } catch (Throwable $e) {
            ExposureReset_Eccube::log('cron', $e);
        }
        echo "ExposureReset: failed, see the log of EC-CUBE\n";
        return 1;
    }

    private static function round($db)
    {
        $row = ExposureReset_Plugin::row($db);
        if ($row === null || (int) $row['enable'] !== 1) {
            echo "ExposureReset: not enabled\n";
            return 0;
        }
        $kit = ExposureReset_Kit::open(ExposureReset_Plugin::settings($row), $db);
        $kit->run(true);
        $n = $kit->numbers();
        echo 'ExposureReset: required ' . (int) $n['required'] . ', barred ' . (int) $n['barred'] . ', untold ' . (int) $n['untold'] . "\n";
        return 0;
    }

    /** The directory of EC-CUBE's pages with a '/' at its end, '' when there is none. */
    public static function find($html, $plugin)
    {
        $candidates = array($html);
        if ($html === '') {
            $above = dirname(dirname(dirname(dirname($plugin)))); // data/downloads/plugin/ExposureReset
            $candidates = array($above . '/html', $above . '/public_html', $above . '/www', $above);
        }
        foreach ($candidates as $candidate) {
            $path = rtrim(str_replace('\\', '/', (string) realpath($candidate)), '/');
            if ($path !== '' && is_file($path . '/define.php')) {
                return $path . '/';
            }
        }
        return '';
    }

    /** EC-CUBE without a session: SAFE leaves sessions and the check of administrators out. */
    private static function boot($html)
    {
        foreach (array('REQUEST_URI' => '/', 'SCRIPT_NAME' => 'cron.php', 'SERVER_PROTOCOL' => 'HTTP/1.1', 'HTTP_USER_AGENT' => 'ExposureReset cron',
            'REMOTE_ADDR' => '127.0.0.1', 'HTTP_HOST' => 'localhost', 'QUERY_STRING' => '') as $name => $value) {
            if (!isset($_SERVER[$name])) {
                $_SERVER[$name] = $value;
            }
        }
        define('SAFE', true);
        define('HTML_REALDIR', $html);
        require_once $html . 'define.php';
        require_once $html . HTML2DATA_DIR . 'require_base.php';
    }
}
