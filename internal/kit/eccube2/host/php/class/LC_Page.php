<?php
/** What every page does: the plugins come before the token is checked. */
class LC_Page
{
    public $tpl_mainpage;
    public $tpl_title;
    public $tpl_subtitle;
    public $tpl_login_email;
    public $tpl_onload = '';
    public $tpl_javascript = '';
    public $tpl_page_class_name = '';
    public $transactionid;
    public $template = SITE_FRAME;
    public $arrSiteInfo;
    public $arrForm = array();
    public $arrErr = array();
    public $arrPageLayout = array();
    public $objDisplay;
    public $skip_load_page_layout = false;
    public $tpl_session_name = '';
    public $tpl_session_id = '';

    public function init()
    {
        header('X-XSS-Protection: 1; mode=block');
        header('X-Content-Type-Options: nosniff');
        header('X-Frame-Options: DENY');
        $this->objDisplay = new SC_Display_Ex();
        $objPlugin = SC_Helper_Plugin_Ex::getSingletonInstance();
        $objPlugin->doAction('LC_Page_preProcess', array($this));
        $this->arrSiteInfo = SC_Helper_DB_Ex::sfGetBasisData();
        $this->doValidToken();
        $this->setTokenTo();
        $this->doLocalHookpoint($objPlugin, '_action_before');
    }

    public function process()
    {
    }

    public function sendResponse()
    {
        $objPlugin = SC_Helper_Plugin_Ex::getSingletonInstance();
        $this->doLocalHookpoint($objPlugin, '_action_after');
        $objPlugin->doAction('LC_Page_process', array($this));
        $this->objDisplay->prepare($this);
        $this->objDisplay->addHeader('Vary', 'User-Agent');
        $this->objDisplay->response->write();
    }

    protected function doLocalHookpoint($objPlugin, $moment)
    {
        $parent = get_parent_class($this);
        if ($parent != 'LC_Page') {
            $objPlugin->doAction($parent . $moment, array($this));
            if (get_class($this) != $parent) {
                $objPlugin->doAction(get_class($this) . $moment, array($this));
            }
        }
    }

    public function getTemplate()
    {
        return $this->template;
    }

    public function setTemplate($template)
    {
        $this->template = $template;
    }

    public function getMode()
    {
        $mode = $_REQUEST['mode'] ?? '';

        return is_string($mode) && preg_match('/^[a-zA-Z0-9_]+$/', $mode) ? $mode : null;
    }

    public function doValidToken($is_admin = false)
    {
        if ($is_admin && ($_SERVER['REQUEST_METHOD'] == 'POST' || !SC_Utils_Ex::isBlank($this->getMode()))) {
            if (!SC_Helper_Session_Ex::isValidToken(false)) {
                SC_Utils_Ex::sfDispError(INVALID_MOVE_ERRORR);
            }
        } elseif (!$is_admin && $_SERVER['REQUEST_METHOD'] == 'POST') {
            if (!SC_Helper_Session_Ex::isValidToken(false)) {
                SC_Utils_Ex::sfDispSiteError(PAGE_ERROR, '', true);
            }
        }
    }

    public function setTokenTo()
    {
        $this->transactionid = SC_Helper_Session_Ex::getToken();
        $this->tpl_session_name = session_name();
        $this->tpl_session_id = session_id();
    }

    public function httpCacheControl($mode = '')
    {
        if ($mode === 'nocache') {
            header('Pragma: no-cache');
            header('Cache-Control: no-store, no-cache, must-revalidate, post-check=0, pre-check=0');
        }
    }
}
