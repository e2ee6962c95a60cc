<?php
/** Takes the login forms of the whole shop. */
class LC_Page_FrontParts_LoginCheck extends LC_Page_Ex
{
    public function init()
    {
        $this->skip_load_page_layout = true;
        parent::init();
    }

    public function process()
    {
        $this->action();
        $this->sendResponse();
    }

    public function action()
    {
        $objCustomer = new SC_Customer_Ex();
        $url = htmlspecialchars($_POST['url'] ?? '', ENT_QUOTES);
        switch ($this->getMode()) {
            case 'login':
                $this->login($objCustomer, $url);
                break;
            case 'logout':
                $objCustomer->EndSession();
                SC_Response_Ex::sendRedirect(TOP_URL);
        }
    }

    private function login($objCustomer, $url)
    {
        $phone = SC_Display_Ex::detectDevice();
        $email = strtolower(trim($_POST['login_email'] ?? ''));
        $objCookie = new SC_Cookie_Ex();
        $objCookie->setCookie('login_email', ($_POST['login_memory'] ?? '') === '1' ? $email : '');
        if ($objCustomer->doLogin($email, $_POST['login_pass'] ?? '')) {
            if ($phone === DEVICE_TYPE_MOBILE) {
                $objMobile = new SC_Helper_Mobile_Ex();
                if (!$objMobile->gfIsMobileMailAddress($objCustomer->getValue('email')) && !$objCustomer->hasValue('email_mobile')) {
                    SC_Response_Ex::sendRedirectFromUrlPath('entry/email_mobile.php');
                }
            }
            if ($phone === DEVICE_TYPE_SMARTPHONE) {
                echo SC_Utils_Ex::jsonEncode(array('success' => $url));
            } else {
                SC_Response_Ex::sendRedirect($url);
            }
            SC_Response_Ex::actionExit();
        }
        if ($phone === DEVICE_TYPE_SMARTPHONE) {
            echo SC_Utils_Ex::jsonEncode(array('login_error' => 'メールアドレスもしくはパスワードが正しくありません。'));
            SC_Response_Ex::actionExit();
        }
        SC_Utils_Ex::sfDispSiteError(SITE_LOGIN_ERROR);
    }
}
