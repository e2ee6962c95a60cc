<?php
/** MY page. */
class LC_Page_Mypage extends LC_Page_AbstractMypage_Ex
{
    public function init()
    {
        parent::init();
        $this->tpl_mainpage = 'mypage/index.tpl';
    }
}
