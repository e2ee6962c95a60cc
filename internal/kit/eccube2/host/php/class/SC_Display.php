<?php
/** Which device asks, and what is shown on it. */
class SC_Display
{
    public static $device;

    public $response;
    public $view;
    public $deviceSeted = false;

    public function __construct($hasPrevURL = true)
    {
        $this->response = new SC_Response_Ex();
        if ($hasPrevURL && strpos($_SERVER['REQUEST_URI'], '/shopping/') === false) {
            $_SESSION['prev_url'] = $_SERVER['REQUEST_URI']; // where "continue shopping" leads
        }
    }

    public static function detectDevice($reset = false)
    {
        if (self::$device === null || $reset) {
            if (SC_MobileUserAgent_Ex::isMobile()) {
                self::$device = DEVICE_TYPE_MOBILE;
            } else {
                self::$device = SC_SmartphoneUserAgent_Ex::isSmartphone() ? DEVICE_TYPE_SMARTPHONE : DEVICE_TYPE_PC;
            }
        }

        return self::$device;
    }

    public function setDevice($device)
    {
        $this->view = new SC_View_Ex($device);
        if ($device === DEVICE_TYPE_MOBILE) {
            $this->response->setContentType('text/html');
        }
        $this->deviceSeted = true;
    }

    public function prepare($page, $is_admin = false)
    {
        if (!$this->deviceSeted) {
            $this->setDevice($is_admin ? DEVICE_TYPE_ADMIN : self::detectDevice());
        }
        $this->view->assignobj($page);
        $this->view->setPage($page);
        $this->response->setResposeBody($this->view->getResponse($page->getTemplate()));
    }

    public function addHeader($name, $value)
    {
        $this->response->addHeader($name, $value);
    }
}
