<?php
/** The second page of the checkout, for members who are logged in. */
class LC_Page_Shopping_Deliv extends LC_Page_Ex
{
    public $CustomerName1;

    public function init()
    {
        parent::init();
        $this->tpl_title = 'お届け先の指定';
        $this->tpl_mainpage = 'shopping/deliv.tpl';
    }

    public function process()
    {
        parent::process();
        $objCustomer = new SC_Customer_Ex();
        if (!$objCustomer->isLoginSuccess(true)) {
            SC_Response_Ex::sendRedirect('index.php');
        }
        $this->CustomerName1 = $objCustomer->getValue('name01');
        $this->sendResponse();
    }
}
