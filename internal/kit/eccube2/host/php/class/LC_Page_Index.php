<?php
/** The shop's first page. */
class LC_Page_Index extends LC_Page_Ex
{
    public function init()
    {
        parent::init();
        $this->tpl_title = 'TOP';
        $this->tpl_mainpage = 'index.tpl';
    }

    public function process()
    {
        parent::process();
        $this->sendResponse();
    }
}
