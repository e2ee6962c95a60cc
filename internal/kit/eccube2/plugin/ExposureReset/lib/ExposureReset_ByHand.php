<?php
/**
 * The same for shops without the plugin engine (2.4, 2.11) and for shops whose templates are
 * their own: included by hand at two places, with settings in a file. The tables are made by
 * the first round.
 */
class ExposureReset_ByHand
{
    private static $guard = null; // one for a request, whoever includes us first

    private $values;

    /** $here: the directory of the settings file. */
    public function __construct($here)
    {
        $defaults = self::read($here . '/defaults.php');
        foreach (self::read($here . '/exposure-settings.php') as $name => $value) {
            if ($value !== '') {
                $defaults[$name] = $value;
            }
        }
        $this->values = $defaults;
    }

    private static function read($file)
    {
        $values = is_file($file) ? include $file : array();
        return is_array($values) ? $values : array();
    }

    public function settings()
    {
        return ExposureReset_Settings::fromArray($this->values);
    }

    /** Where the page for forgotten passwords is, '' for the shop's usual place. */
    private function forgotUrl()
    {
        return isset($this->values['forgot_url']) && is_string($this->values['forgot_url']) ? $this->values['forgot_url'] : '';
    }

    private function guard()
    {
        if (self::$guard === null) {
            self::$guard = new ExposureReset_Guard($this->settings(), ExposureReset_Plugin::db(), $this->forgotUrl());
        }
        return self::$guard;
    }

    /** A page of the shop begins; $forgot: it is known to be the one for forgotten passwords. True: answered, end. */
    public function page($forgot)
    {
        if (self::isAdmin($_SERVER) || !self::inShop()) {
            return false;
        }
        try {
            register_shutdown_function(array($this, 'repair'));
            return $this->guard()->page($forgot || self::isForgot($_SERVER));
        } catch (Exception $e) {
            ExposureReset_Eccube::log('page', $e);
        } catch (Throwable $e) {
            ExposureReset_Eccube::log('page', $e);
        }
        return $this->unjudged();
    }

    /** Not even the database could be asked: in mode "on" nobody stays logged in. */
    private function unjudged()
    {
        if ($this->settings()->isOn()) {
            unset($_SESSION['customer']);
        }
        return false;
    }

    /** The note, for the login template: echoes it, or nothing. */
    public function note()
    {
        if (!self::inShop()) {
            return;
        }
        try {
            if ($this->guard()->anybodyOrdered()) {
                $note = new ExposureReset_Note($this->settings());
                echo $note->html();
            }
        } catch (Exception $e) {
            ExposureReset_Eccube::log('note', $e);
        } catch (Throwable $e) {
            ExposureReset_Eccube::log('note', $e);
        }
    }

    /** Makes the tables where they are missing: there is no "install" here. */
    public function repair()
    {
        try {
            $book = $this->guard()->kit()->book();
            $book->get('next_run');
        } catch (ExposureReset_Trouble $e) {
            $this->install();
        } catch (Exception $e) {
            ExposureReset_Eccube::log('tables', $e);
        } catch (Throwable $e) {
            ExposureReset_Eccube::log('tables', $e);
        }
    }

    private function install()
    {
        try {
            $tables = new ExposureReset_Tables(ExposureReset_Plugin::db());
            $tables->install();
        } catch (Exception $e) {
            ExposureReset_Eccube::log('tables', $e);
        } catch (Throwable $e) {
            ExposureReset_Eccube::log('tables', $e);
        }
    }

    /** A round from cron; "test" shows the self-test, "uninstall" drops the tables. */
    public function cron($db)
    {
        $what = isset($_SERVER['argv'][2]) ? $_SERVER['argv'][2] : '';
        $tables = new ExposureReset_Tables($db);
        if ($what === 'uninstall') {
            $tables->uninstall();
            echo "ExposureReset: the tables are dropped\n";
            return 0;
        }
        $tables->install();
        $kit = ExposureReset_Kit::open($this->settings(), $db);
        return $what === 'test' ? $this->test($kit) : ExposureReset_Cron::round($kit);
    }

    private function test($kit)
    {
        $kit->run(true);
        $bad = 0;
        foreach ($kit->selfTest(ExposureReset_Desk::facts($this->settings(), $kit, $this->settings()->isOn()))->lines() as $line) {
            echo strtoupper($line[1]) . "\t" . $line[0] . "\t" . $line[2] . "\n";
            $bad += $line[1] === 'bad' ? 1 : 0;
        }
        return $bad > 0 ? 1 : 0;
    }

    /** Whether a page of the shop includes us; else somebody asks for our file over the web. */
    private static function inShop()
    {
        return class_exists('SC_Query_Ex') || class_exists('SC_Query');
    }

    /** The administration is never behind the gate. $server: as $_SERVER. */
    public static function isAdmin($server)
    {
        if (defined('ADMIN_FUNCTION') && ADMIN_FUNCTION === true) {
            return true;
        }
        $dir = defined('ADMIN_DIR') ? strtolower(trim(ADMIN_DIR, '/')) : 'admin';
        return $dir !== '' && strpos(self::script($server, 'SCRIPT_NAME'), '/' . $dir . '/') !== false;
    }

    /** /forgot/ and /mobile/forgot/, as EC-CUBE has them, by the address or by the file that runs. $server: as $_SERVER. */
    public static function isForgot($server)
    {
        foreach (array('SCRIPT_NAME', 'SCRIPT_FILENAME') as $name) {
            if (preg_match('#/forgot/(index\.php)?\z#', self::script($server, $name))) {
                return true;
            }
        }
        return false;
    }

    /** What runs, without what a browser may write into an address: slashes more than one, another case, a path after the script. */
    private static function script($server, $name)
    {
        $script = isset($server[$name]) ? strtolower(str_replace('\\', '/', $server[$name])) : '';
        return preg_replace(array('#/{2,}#', '#(\.php)/.*\z#s'), array('/', '$1'), $script);
    }
}
