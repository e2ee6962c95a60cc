<?php
/** Logs and passwords. */
class GC_Utils
{
    public static function gfPrintLog($msg, $path = '', $verbose = false)
    {
        $line = date('Y/m/d H:i:s') . ' [' . ($_SERVER['SCRIPT_NAME'] ?? '') . '] ' . $msg . "\n";
        file_put_contents($path === '' ? LOG_REALFILE : $path, $line, FILE_APPEND | LOCK_EX);
    }

    public static function gfMakePassword($pwLength)
    {
        return SC_Utils_Ex::sfGetRandomString($pwLength);
    }

    public static function isAdminFunction()
    {
        return strpos($_SERVER['SCRIPT_NAME'], '/admin/') === 0;
    }

    public static function isFrontFunction()
    {
        return !self::isAdminFunction();
    }

    public static function isInstallFunction()
    {
        return false;
    }
}
