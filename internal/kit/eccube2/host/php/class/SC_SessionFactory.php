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
            $secure = strpos(HTTPS_URL, 'https') === 0;
            session_set_cookie_params(array('lifetime' => 0, 'path' => ROOT_URLPATH, 'secure' => $secure, 'httponly' => true, 'samesite' => $secure ? 'None' : ''));
            session_start();

            return;
        }
        ini_set('session.use_cookies', '0');
        ini_set('session.use_trans_sid', '1');
        ini_set('session.use_only_cookies', '0');
        $id = $_POST[session_name()] ?? $_GET[session_name()] ?? '';
        if (preg_match('/^[a-zA-Z0-9,-]{22,250}$/', $id)) {
            session_id($id);
        }
        session_start();
        if ($id === '' || !$this->isOfThisPhone()) {
            $this->beginPhone();
        }
        $_SESSION['mobile']['expires'] = time() + MOBILE_SESSION_LIFETIME;
    }

    private function isOfThisPhone()
    {
        $phone = $_SESSION['mobile'] ?? null;

        return is_array($phone) && $phone['expires'] > time() && $phone['model'] === SC_MobileUserAgent_Ex::getModel();
    }

    /** beginPhone leads a phone without a session to the same page with one, and a form to the first page. */
    private function beginPhone()
    {
        session_regenerate_id(true);
        $_SESSION = array('mobile' => array('model' => SC_MobileUserAgent_Ex::getModel(), 'phone_id' => SC_MobileUserAgent_Ex::getId(), 'expires' => time() + MOBILE_SESSION_LIFETIME));
        $url = TOP_URL;
        if ($_SERVER['REQUEST_METHOD'] === 'GET') {
            $said = array_diff_key($_GET, array(session_name() => true));
            $url = rtrim(HTTP_URL, '/') . $_SERVER['SCRIPT_NAME'] . '?' . http_build_query($said) . ($said ? '&' : '');
        } else {
            $url .= '?';
        }
        header('Location: ' . $url . session_name() . '=' . session_id());
        exit;
    }

    public function useCookie()
    {
        return SC_Display_Ex::detectDevice() !== DEVICE_TYPE_MOBILE;
    }
}
