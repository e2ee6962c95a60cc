<?php
/** The probe's page in the admin: it saves one word. */
class LC_Page_Plugin_Probe_Config extends LC_Page_Admin_Ex
{
    public function process()
    {
        if ($this->getMode() === 'save') {
            SC_Query_Ex::getSingletonInstance()->update('dtb_plugin', array('free_field2' => $_POST['word']), "plugin_code = 'Probe'");
        }
        $row = SC_Plugin_Util_Ex::getPluginByPluginCode('Probe');
        echo '<form><input type="hidden" name="transactionid" value="' . $this->transactionid . '" /></form>';
        echo '<p id="word">' . htmlspecialchars((string) $row['free_field2']) . '</p>';
    }
}
