<?php
/** What every page of the admin does. */
class LC_Page_Admin extends LC_Page_Ex
{
    public $tpl_mainno;
    public $tpl_subno;
    public $tpl_maintitle = '';

    public function init()
    {
        header('X-Content-Type-Options: nosniff');
        header('X-Frame-Options: DENY');
        $this->template = MAIN_FRAME;
        $this->objDisplay = new SC_Display_Ex();
        $objPlugin = SC_Helper_Plugin_Ex::getSingletonInstance();
        $objPlugin->doAction('LC_Page_preProcess', array($this));
        $this->doValidToken(true);
        $this->setTokenTo();
        $this->fire($objPlugin, '_action_before');
    }

    public function process()
    {
    }

    public function sendResponse()
    {
        $objPlugin = SC_Helper_Plugin_Ex::getSingletonInstance();
        $this->fire($objPlugin, '_action_after');
        $objPlugin->doAction('LC_Page_process', array($this));
        $this->objDisplay->prepare($this, true);
        $this->objDisplay->response->write();
    }

    private function fire($objPlugin, $moment)
    {
        $parent = get_parent_class($this);
        $objPlugin->doAction($parent . $moment, array($this));
        if (get_class($this) != $parent) {
            $objPlugin->doAction(get_class($this) . $moment, array($this));
        }
    }
}
