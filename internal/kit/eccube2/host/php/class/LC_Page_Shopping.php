<?php
/** The first page of the checkout, with a login form of its own. */
class LC_Page_Shopping extends LC_Page_Ex
{
    public $tpl_valid_phone_id = false;

    public function init()
    {
        parent::init();
        $this->tpl_title = 'ログイン';
        $this->tpl_mainpage = 'shopping/index.tpl';
        $this->httpCacheControl('nocache');
    }

    public function process()
    {
        parent::process();
        $this->action();
        $this->sendResponse();
    }

    public function action()
    {
        $objCustomer = new SC_Customer_Ex();
        if ($objCustomer->isLoginSuccess(true)) {
            SC_Response_Ex::sendRedirect('deliv.php');
        }
        if (SC_Display_Ex::detectDevice() === DEVICE_TYPE_MOBILE) {
            $this->tpl_valid_phone_id = $objCustomer->checkMobilePhoneId();
        }
        if ($this->getMode() === 'login') {
            $this->login($objCustomer);
        }
    }

    private function login($objCustomer)
    {
        $phone = SC_Display_Ex::detectDevice();
        if ($objCustomer->doLogin(strtolower(trim($_POST['login_email'] ?? '')), $_POST['login_pass'] ?? '')) {
            if ($phone === DEVICE_TYPE_MOBILE && !$objCustomer->hasValue('email_mobile')) {
                SC_Response_Ex::sendRedirectFromUrlPath('entry/email_mobile.php');
            }
            if ($phone === DEVICE_TYPE_SMARTPHONE) {
                echo SC_Utils_Ex::jsonEncode(array('success' => 'deliv.php'));
                SC_Response_Ex::actionExit();
            }
            SC_Response_Ex::sendRedirect('deliv.php');
        }
        if ($phone === DEVICE_TYPE_SMARTPHONE) {
            echo SC_Utils_Ex::jsonEncode(array('login_error' => 'メールアドレスもしくはパスワードが正しくありません。'));
            SC_Response_Ex::actionExit();
        }
        SC_Utils_Ex::sfDispSiteError(SITE_LOGIN_ERROR);
    }
}
