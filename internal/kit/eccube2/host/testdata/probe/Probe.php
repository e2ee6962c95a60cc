<?php
/** A plugin for every version: it extends nothing, as the base class differs between them. */
class Probe
{
    private $arrSelfInfo;

    public function __construct($arrSelfInfo)
    {
        $this->arrSelfInfo = $arrSelfInfo;
    }

    public static function install($arrPlugin, $objPluginInstaller = null)
    {
        $objQuery = SC_Query_Ex::getSingletonInstance();
        $objQuery->query('CREATE TABLE plg_probe (name varchar(50) NOT NULL, value text, PRIMARY KEY (name))');
        $objQuery->update('dtb_plugin', array('free_field1' => 'installed'), 'plugin_id = ?', array($arrPlugin['plugin_id']));
    }

    public static function uninstall($arrPlugin, $objPluginInstaller = null)
    {
        SC_Query_Ex::getSingletonInstance()->query('DROP TABLE plg_probe');
    }

    public static function enable($arrPlugin, $objPluginInstaller = null)
    {
    }

    public static function disable($arrPlugin, $objPluginInstaller = null)
    {
    }

    public function register($objHelperPlugin, $priority)
    {
        foreach ($this->arrSelfInfo['plugin_hook_point'] as $row) {
            $objHelperPlugin->addAction($row['hook_point'], array($this, $row['callback']), $priority);
        }
    }

    public function preProcess($objPage)
    {
        header('X-Probe: ' . (is_a($objPage, 'LC_Page_Admin') ? 'admin' : (is_a($objPage, 'LC_Page_Forgot') ? 'forgot' : 'front')), false);
        if (isset($_GET['probe_exit'])) {
            SC_Response_Ex::actionExit();
        }
        if (isset($_GET['probe_away'])) {
            SC_Response_Ex::sendRedirect('https://other.example.com/');
        }
        if (isset($_GET['probe_bar']) && isset($_SESSION['customer'])) {
            $objCustomer = new SC_Customer_Ex();
            $objCustomer->EndSession();
            SC_Response_Ex::sendRedirect('/forgot/index.php');
        }
    }

    public function forgot($objPage)
    {
        header('X-Probe-Forgot: called');
    }

    public function login($objPage)
    {
        header('X-Probe-Login: ' . (isset($_SESSION['customer']['customer_id']) ? $_SESSION['customer']['customer_id'] : 'nobody'));
        SC_Query_Ex::getSingletonInstance()->insert('plg_probe', array('name' => uniqid(), 'value' => isset($_SESSION['customer']['customer_id']) ? $_SESSION['customer']['customer_id'] : ''));
    }

    public function note(&$source, $objPage, $filename)
    {
        if (strpos($filename, 'mypage/login.tpl') !== false) {
            $source = '<p id="probe">お知らせ<!--{$tpl_title|h}--></p>' . $source;
        }
    }

    public function sign(&$source, $objPage, $filename)
    {
        $source .= '<!-- probe ' . $filename . ' -->';
    }
}
