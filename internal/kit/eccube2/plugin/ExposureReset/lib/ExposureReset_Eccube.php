<?php
/**
 * What this plugin asks of EC-CUBE 2 itself, from 2.4 to 2.25: ending a login, the log, the
 * kind of device, addresses. Nothing here touches the database.
 */
class ExposureReset_Eccube
{
    /** Logs a member out as the shop does it, and surely. */
    public static function logOut($session)
    {
        try {
            $class = class_exists('SC_Customer_Ex') ? 'SC_Customer_Ex' : 'SC_Customer';
            if (class_exists($class) && isset($_SESSION['customer'])) {
                $customer = new $class();
                $customer->EndSession();
            }
        } catch (Exception $e) {
            self::log('logout', $e);
        } catch (Throwable $e) {
            self::log('logout', $e);
        }
        $session->leave();
    }

    /**
     * Writes that something failed: where in our files and what kind of failure. Never its
     * message, which may hold what a customer sent, or SQL with values in it.
     */
    public static function log($where, $e)
    {
        $line = 'ExposureReset: ' . $where . ': ' . get_class($e) . ' ' . basename($e->getFile()) . ':' . $e->getLine();
        try {
            $class = class_exists('GC_Utils_Ex') ? 'GC_Utils_Ex' : 'GC_Utils';
            if (is_callable(array($class, 'gfPrintLog'))) {
                call_user_func(array($class, 'gfPrintLog'), $line);
                return;
            }
        } catch (Exception $ignored) {
            error_log($line);
            return;
        } catch (Throwable $ignored) {
            error_log($line);
            return;
        }
        error_log($line);
    }

    /** A feature phone, which wants Shift_JIS. */
    public static function isMobile()
    {
        if (class_exists('SC_Display_Ex') && defined('DEVICE_TYPE_MOBILE')) {
            return SC_Display_Ex::detectDevice() == DEVICE_TYPE_MOBILE;
        }
        return defined('MOBILE_SITE') && MOBILE_SITE;
    }

    /** The session of this request; phones and some shops carry its number in addresses. */
    public static function session()
    {
        $keep = defined('SESSION_KEEP_METHOD') ? SESSION_KEEP_METHOD : '';
        return new ExposureReset_Session(self::isMobile() || $keep === 'useRequest');
    }

    /** The path of this request, without what follows it. */
    public static function here()
    {
        return ExposureReset_Pages::path(isset($_SERVER['REQUEST_URI']) ? $_SERVER['REQUEST_URI'] : '/forgot/');
    }

    /** The page for forgotten passwords: the neutral page that is never behind the gate. */
    public static function forgotUrl()
    {
        return self::base() . 'forgot/' . self::index();
    }

    public static function loginUrl()
    {
        return self::base() . 'mypage/login.php';
    }

    private static function base()
    {
        foreach (array('HTTPS_URL', 'SSL_URL') as $name) {
            if (defined($name) && constant($name) !== '') {
                return rtrim(constant($name), '/') . '/';
            }
        }
        foreach (array('ROOT_URLPATH', 'URL_DIR') as $name) {
            if (defined($name)) {
                return rtrim(constant($name), '/') . '/';
            }
        }
        return '/';
    }

    private static function index()
    {
        return defined('DIR_INDEX_PATH') ? DIR_INDEX_PATH : '';
    }

    /** The pages of /forgot/ for this request. */
    public static function front($settings, $kit, $session)
    {
        $pages = new ExposureReset_Pages($settings, self::isMobile(), $session, self::here(), self::loginUrl());
        return new ExposureReset_Front($session, $pages, $kit->renewal(new ExposureReset_Hasher()), new ExposureReset_Clock());
    }

    /**
     * Takes the ticket out of what the shop remembered of this request. What is shorter than a
     * ticket is none: a link of a stranger's could name a word that the visitor's session holds.
     */
    public static function forgetTicket($session)
    {
        foreach (array($_GET, $_POST) as $sent) {
            if (isset($sent['ticket']) && is_string($sent['ticket']) && strlen($sent['ticket']) >= 43) {
                $session->forget($sent['ticket']);
            }
        }
    }
}
