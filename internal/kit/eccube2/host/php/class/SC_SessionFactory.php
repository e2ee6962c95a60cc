<?php
/** Begins a session: by cookie, and on feature phones by what the request says. */
class SC_SessionFactory
{
    public static function getInstance()
    {
        return new self();
    }

    public function initSession()
    {
        ini_set('session.cache_limiter', 'none');
        ini_set('session.use_strict_mode', '0');
        if ($this->useCookie()) {
            session_set_cookie_params(0, ROOT_URLPATH);
            session_start();

            return;
        }
        ini_set('session.use_cookies', '0');
        ini_set('session.use_only_cookies', '0');
        $id = $_POST[session_name()] ?? $_GET[session_name()] ?? '';
        if (preg_match('/^[a-zA-Z0-9,-]{22,250}$/', $id)) {
            session_id($id);
        }
        session_start();
        $this->checkMobile();
    }

    /** checkMobile begins anew where the session is of another phone or past. */
    private function checkMobile()
    {
        $model = SC_MobileUserAgent_Ex::getModel();
        $phone = $_SESSION['mobile'] ?? null;
        if (!is_array($phone) || $phone['expires'] < time() || $phone['model'] !== $model) {
            session_regenerate_id(false);
            $_SESSION = array('mobile' => array('model' => $model, 'phone_id' => SC_MobileUserAgent_Ex::getId()));
        }
        $_SESSION['mobile']['expires'] = time() + MOBILE_SESSION_LIFETIME;
    }

    public function useCookie()
    {
        return SC_Display_Ex::detectDevice() !== DEVICE_TYPE_MOBILE;
    }
}
