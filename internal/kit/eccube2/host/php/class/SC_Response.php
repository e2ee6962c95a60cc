<?php
/** Answers. Both ways out call the hooks of the object that takes them. */
class SC_Response
{
    public $body;
    public $statusCode;
    public $header = array();

    public function write()
    {
        $this->sendHeader();
        echo $this->body;
    }

    public function sendHeader()
    {
        foreach ($this->header as $name => $value) {
            header($name . ': ' . $value);
        }
        if (strlen((string) $this->statusCode) >= 1) {
            http_response_code($this->statusCode);
        }
    }

    public function setContentType($contentType)
    {
        $this->header['Content-Type'] = $contentType;
    }

    public function setResposeBody($body)
    {
        $this->body = $body;
    }

    public function addHeader($name, $value)
    {
        $this->header[$name] = $value;
    }

    public function setStatusCode($statusCode = null)
    {
        $this->statusCode = $statusCode;
    }

    /** actionExit asks the calling object for its mode: one that has none, such as a plugin, is a fatal error. */
    public static function actionExit()
    {
        $caller = self::caller();
        if ($caller !== null) {
            self::fire($caller, $caller->getMode());
        }
        exit;
    }

    /** sendRedirect leads nowhere but into the shop. */
    public static function sendRedirect($location, $arrQueryString = array(), $inheritQueryString = false, $useSsl = null)
    {
        $caller = self::caller();
        if ($caller !== null) {
            self::fire($caller, method_exists($caller, 'getMode') ? $caller->getMode() : self::saidMode());
        }
        $url = $location;
        if ($location[0] === '/') {
            $url = rtrim(HTTP_URL, '/') . $location;
        } elseif (!preg_match('/^https?:/', $location)) {
            $url = rtrim(HTTP_URL, '/') . rtrim(dirname($_SERVER['SCRIPT_NAME']), '/') . '/' . $location;
        }
        if (strpos($url, HTTP_URL) !== 0 && strpos($url, HTTPS_URL) !== 0) {
            trigger_error('', E_USER_ERROR);
        }
        list($path, $query) = array_pad(explode('?', $url, 2), 2, '');
        parse_str($query, $said);
        $said = array_merge($said, $arrQueryString);
        if (!SC_SessionFactory_Ex::getInstance()->useCookie()) {
            $said[session_name()] = session_id();
        }
        $said[TRANSACTION_ID_NAME] = SC_Helper_Session_Ex::getToken();
        header('Location: ' . $path . '?' . http_build_query($said));
        exit;
    }

    public static function sendRedirectFromUrlPath($location, $arrQueryString = array(), $inheritQueryString = false, $useSsl = null)
    {
        SC_Response_Ex::sendRedirect(ROOT_URLPATH . ltrim($location, '/'), $arrQueryString, $inheritQueryString, $useSsl);
    }

    /** caller is the object whose method called the public function above; a static function has none. */
    private static function caller()
    {
        $trace = debug_backtrace(DEBUG_BACKTRACE_PROVIDE_OBJECT | DEBUG_BACKTRACE_IGNORE_ARGS, 3);

        return $trace[2]['object'] ?? null;
    }

    private static function fire($caller, $mode)
    {
        $plugins = SC_Helper_Plugin_Ex::getSingletonInstance();
        $parent = get_parent_class($caller);
        $plugins->doAction($parent . '_action_' . $mode, array($caller));
        if (get_class($caller) !== $parent) {
            $plugins->doAction(get_class($caller) . '_action_' . $mode, array($caller));
        }
    }

    private static function saidMode()
    {
        $mode = $_GET['mode'] ?? $_POST['mode'] ?? '';

        return preg_match('/^[a-zA-Z0-9_]+$/', $mode) ? $mode : null;
    }
}
