<?php
/** Cookies that outlive a visit. */
class SC_Cookie
{
    public function setCookie($key, $val)
    {
        setcookie($key, (string) $val, time() + 31536000, ROOT_URLPATH);
    }

    public function getCookie($key)
    {
        return $_COOKIE[$key] ?? null;
    }
}
