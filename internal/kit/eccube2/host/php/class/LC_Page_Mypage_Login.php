<?php
/** The page with MY page's login form. */
class LC_Page_Mypage_Login extends LC_Page_AbstractMypage_Ex
{
    public function action()
    {
        SC_Response_Ex::sendRedirect(DIR_INDEX_PATH);
    }
}
