<?php
/** The page of the admin that says no. */
class LC_Page_Error_DispError extends LC_Page_Admin_Ex
{
    public $type;
    public $tpl_error = 'ログイン認証の有効期限切れの可能性があります。';

    public function init()
    {
        parent::init();
        $this->tpl_mainpage = 'login_error.tpl';
        $this->tpl_title = 'ログインエラー';
    }

    public function doValidToken($is_admin = false)
    {
    }

    public function process()
    {
        $this->objDisplay->response->setStatusCode(version_compare(ECCUBE_VERSION, '2.17', '>=') ? 500 : null);
        $this->sendResponse();
    }
}
