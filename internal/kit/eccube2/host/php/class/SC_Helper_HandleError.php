<?php
/** Writes every notice down, and ends a request with the page for trouble after a real one. */
class SC_Helper_HandleError
{
    public static $under_error_handling = false;

    public static function load()
    {
        error_reporting(E_ALL);
        ini_set('display_errors', '0');
        set_error_handler(array('SC_Helper_HandleError', 'handle'));
        register_shutdown_function(array('SC_Helper_HandleError', 'fatal'));
    }

    public static function handle($errno, $errstr, $errfile, $errline)
    {
        if (!(error_reporting() & $errno)) {
            return true;
        }
        GC_Utils_Ex::gfPrintLog("$errno $errstr in $errfile:$errline", ERROR_LOG_REALFILE);
        if ($errno === E_USER_ERROR) {
            self::page();
        }

        return true;
    }

    public static function fatal()
    {
        $e = error_get_last();
        if ($e !== null && ($e['type'] & (E_ERROR | E_PARSE | E_COMPILE_ERROR | E_CORE_ERROR))) {
            GC_Utils_Ex::gfPrintLog($e['message'] . ' in ' . $e['file'] . ':' . $e['line'], ERROR_LOG_REALFILE);
            self::page();
        }
    }

    private static function page()
    {
        self::$under_error_handling = true;
        while (ob_get_level() > 0) {
            ob_end_clean();
        }
        http_response_code(500);
        header('Content-Type: text/html; charset=UTF-8');
        echo '<!DOCTYPE html><html lang="ja"><title>システムエラー</title><p>システムエラーが発生しました。</p></html>';
        exit;
    }
}
