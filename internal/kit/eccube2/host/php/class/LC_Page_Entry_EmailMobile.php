<?php
/** Where a feature phone's member without an address on the phone lands after a login. */
class LC_Page_Entry_EmailMobile extends LC_Page_Ex
{
    public $CustomerName1;

    public function init()
    {
        parent::init();
        $this->tpl_title = '携帯メール登録';
        $this->tpl_mainpage = 'mypage/index.tpl';
    }

    public function process()
    {
        parent::process();
        $objCustomer = new SC_Customer_Ex();
        $this->CustomerName1 = $objCustomer->getValue('name01');
        $this->sendResponse();
    }
}
