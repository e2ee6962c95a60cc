<?php
/** The round from cron. It says one line without anything of a member. */
class ExposureReset_Cron
{
    /** The plugin's round. The exit status: 0 done or nothing to do, 1 failed, 2 EC-CUBE not found. */
    public static function plugin($html, $here)
    {
        return self::guarded($html, $here, array('ExposureReset_Cron', 'ofPlugin'));
    }

    /** Finds and starts EC-CUBE, and does something there that returns an exit status. */
    public static function guarded($html, $here, $what)
    {
        $html = self::find($html, $here);
        if ($html === '') {
            echo "ExposureReset: EC-CUBE was not found. Give the directory of its index.php as the first argument.\n";
            return 2;
        }
        self::boot($html);
        try {
            return call_user_func($what, ExposureReset_Plugin::db());
        } catch (Exception $e) {
            ExposureReset_Eccube::log('cron', $e);
        } catch (Throwable $e) {
            ExposureReset_Eccube::log('cron', $e);
        }
        echo "ExposureReset: failed, see the log of EC-CUBE\n";
        return 1;
    }

    public static function ofPlugin($db)
    {
        $row = ExposureReset_Plugin::row($db);
        if ($row === null || (int) $row['enable'] !== 1) {
            echo "ExposureReset: not enabled\n";
            return 0;
        }
        return self::round(ExposureReset_Kit::open(ExposureReset_Plugin::settings($row), $db));
    }

    public static function round($kit)
    {
        $kit->run(true);
        $n = $kit->numbers();
        echo 'ExposureReset: required ' . (int) $n['required'] . ', barred ' . (int) $n['barred'] . ', untold ' . (int) $n['untold'] . "\n";
        return 0;
    }

    /** The directory of EC-CUBE's pages with a '/' at its end, '' when there is none. */
    public static function find($html, $here)
    {
        $candidates = array($html);
        if ($html === '') {
            $candidates = array();
            for ($i = 0, $above = $here; $i < 5; $i++, $above = dirname($above)) { // data/downloads/plugin/ExposureReset
                array_push($candidates, $above . '/html', $above . '/public_html', $above . '/www', $above);
            }
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
        require_once $html . ltrim(HTML2DATA_DIR, '/') . 'require_base.php'; // 2.4 has a slash in front
    }
}
