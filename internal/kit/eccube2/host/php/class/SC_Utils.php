<?php
/** What pages have in common. */
class SC_Utils
{
    public static function sfGetHashString($str, $salt)
    {
        if ($salt == '') {
            $salt = AUTH_MAGIC;
        }

        return AUTH_TYPE == 'PLAIN' ? $str : hash_hmac(PASSWORD_HASH_ALGOS, $str . ':' . AUTH_MAGIC, $salt);
    }

    public static function sfIsMatchHashPassword($pass, $hashpass, $salt)
    {
        if ($hashpass == '') {
            return false;
        }
        if (AUTH_TYPE == 'PLAIN') {
            return $pass === $hashpass;
        }
        $hash = empty($salt) ? sha1($pass . ':' . AUTH_MAGIC) : self::sfGetHashString($pass, $salt);

        return $hash === $hashpass;
    }

    public static function sfGetRandomString($length = 1)
    {
        return substr(bin2hex(random_bytes($length)), 0, $length);
    }

    public static function sfGetUniqRandomId($head = '')
    {
        return uniqid($head) . self::sfGetRandomString(8);
    }

    public static function sfIsInt($value)
    {
        return strlen((string) $value) >= 1 && strlen((string) $value) <= 9 && is_numeric($value);
    }

    public static function isBlank($val, $greedy = true)
    {
        return is_array($val) ? count($val) === 0 : trim((string) $val) === '';
    }

    public static function sfIsHTTPS()
    {
        return ($_SERVER['HTTPS'] ?? '') === 'on';
    }

    public static function jsonEncode($value)
    {
        return json_encode($value);
    }

    public static function sfIsSuccess($objSess, $disp_error = true)
    {
        if ($objSess->IsSuccess() != SUCCESS) {
            if ($disp_error) {
                self::sfDispError($objSess->IsSuccess());
            }

            return false;
        }

        return true;
    }

    public static function sfDispError($type)
    {
        $objPage = new LC_Page_Error_DispError_Ex();
        $objPage->init();
        $objPage->type = $type;
        $objPage->process();
        exit;
    }

    public static function sfDispSiteError($type, $objSiteSess = '', $return_top = false, $err_msg = '')
    {
        $objPage = new LC_Page_Error_Ex();
        $objPage->init();
        $objPage->type = $type;
        $objPage->process();
        exit;
    }

    public static function clearCompliedTemplate()
    {
        SC_Helper_FileManager_Ex::deleteFile(COMPILE_REALDIR, false);
    }

    public static function copyDirectory($from, $to)
    {
        is_dir($to) || mkdir($to, 0777, true);
        foreach (array_diff(scandir($from), array('.', '..')) as $name) {
            is_dir($from . $name) ? self::copyDirectory($from . $name . '/', $to . $name . '/') : copy($from . $name, $to . $name);
        }
    }
}
