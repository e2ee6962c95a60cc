<?php
/** What every MY page does: without a login it shows the form for one. */
class LC_Page_AbstractMypage extends LC_Page_Ex
{
    public $tpl_valid_phone_id = false;
    public $CustomerName1;

    public function init()
    {
        parent::init();
        $this->tpl_title = 'MYページ';
    }

    public function action()
    {
    }

    public function process()
    {
        parent::process();
        $objCustomer = new SC_Customer_Ex();
        if ($objCustomer->isLoginSuccess(true) === false) {
            $objCookie = new SC_Cookie_Ex();
            $this->tpl_login_email = $_POST['login_email'] ?? $objCookie->getCookie('login_email');
            if (SC_Display_Ex::detectDevice() === DEVICE_TYPE_MOBILE) {
                $this->tpl_valid_phone_id = $objCustomer->checkMobilePhoneId();
            }
            $this->tpl_title = 'MYページ(ログイン)';
            $this->tpl_mainpage = 'mypage/login.tpl';
        } else {
            $this->CustomerName1 = $objCustomer->getValue('name01');
            $this->action();
        }
        $this->sendResponse();
    }
}
