<?php
if (!class_exists('LC_Page_Admin_Ex')) { exit; } // asked for over the web
/**
 * Settings and self-test in EC-CUBE's administration: behind its login and its token of
 * forms, both checked here again. The key goes in and never comes out; only its first eight
 * characters are shown.
 */
class LC_Page_Plugin_ExposureReset_Config extends LC_Page_Admin_Ex
{
    public function init()
    {
        parent::init();
        SC_Utils_Ex::sfIsSuccess(new SC_Session_Ex());
    }

    public function process()
    {
        $db = ExposureReset_Plugin::db();
        $desk = new ExposureReset_Desk($db);
        $notices = array();
        if (isset($_SERVER['REQUEST_METHOD']) && $_SERVER['REQUEST_METHOD'] === 'POST') {
            $notices = $this->allowed() ? $desk->handle($_POST) : array('bad' => array('この操作は受け付けられませんでした。もう一度開いてください。'));
        }
        $action = isset($_SERVER['REQUEST_URI']) ? $_SERVER['REQUEST_URI'] : '';
        $desk->page($notices, $action, TRANSACTION_ID_NAME, $this->transactionid)->send();
    }

    /** Whether the form carries the shop's own token. */
    private function allowed()
    {
        return isset($_POST[TRANSACTION_ID_NAME], $_SESSION[TRANSACTION_ID_NAME])
            && ExposureReset_Random::same($_SESSION[TRANSACTION_ID_NAME], $_POST[TRANSACTION_ID_NAME]);
    }
}
