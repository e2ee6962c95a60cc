<?php
/** The admin's login. */
class LC_Page_Admin_Index extends LC_Page_Admin_Ex
{
    public function init()
    {
        parent::init();
        $this->tpl_mainpage = 'login.tpl';
        $this->tpl_title = 'ログイン';
    }

    public function process()
    {
        if ($this->getMode() === 'login') {
            $row = SC_Query_Ex::getSingletonInstance()->getRow('*', 'dtb_member', 'login_id = ? AND del_flg = 0 AND work = 1', array($_POST['login_id'] ?? ''));
            if ($row === null || !SC_Utils_Ex::sfIsMatchHashPassword($_POST['password'] ?? '', $row['password'], $row['salt'])) {
                SC_Utils_Ex::sfDispError(LOGIN_ERROR);
            }
            SC_Session_Ex::regenerateSID();
            $_SESSION = array_merge($_SESSION, array('cert' => CERT_STRING, 'login_id' => $row['login_id'], 'authority' => $row['authority'], 'member_id' => $row['member_id']));
            SC_Response_Ex::sendRedirect('/admin/home.php');
        }
        $this->sendResponse();
    }
}
