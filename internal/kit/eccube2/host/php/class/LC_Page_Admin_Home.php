<?php
/** The admin's first page. */
class LC_Page_Admin_Home extends LC_Page_Admin_Ex
{
    public function init()
    {
        parent::init();
        $this->tpl_mainpage = 'home.tpl';
        $this->tpl_title = 'ホーム';
    }

    public function process()
    {
        $this->sendResponse();
    }
}
