<?php
/** The page that says no. */
class LC_Page_Error extends LC_Page_Ex
{
    public $type;
    public $tpl_error;

    public function init()
    {
        parent::init();
        $this->tpl_title = 'エラー';
        $this->tpl_mainpage = 'error.tpl';
    }

    public function doValidToken($is_admin = false)
    {
    }

    public function process()
    {
        parent::process();
        $login = $this->type === SITE_LOGIN_ERROR || $this->type === TEMP_LOGIN_ERROR;
        $this->tpl_error = $login ? 'メールアドレスもしくはパスワードが正しくありません。' : '不正なページ移動です。';
        if (version_compare(ECCUBE_VERSION, '2.17', '>=')) {
            $this->objDisplay->response->setStatusCode(500);
        }
        $this->sendResponse();
    }
}
