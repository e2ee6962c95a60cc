<?php
/** Loads the enabled plugins and calls them at the hooks. It asks no plugin what it is, only what it has. */
class SC_Helper_Plugin
{
    public $arrPluginInstances = array();
    public $arrRegistedPluginActions = array();
    public $arrPluginIds = array();

    public static function getSingletonInstance($plugin_activate_flg = true)
    {
        if (!isset($GLOBALS['_SC_Helper_Plugin_instance'])) {
            if (SC_Query_Ex::getPoolInstance() === null) {
                return false;
            }
            $GLOBALS['_SC_Helper_Plugin_instance'] = new SC_Helper_Plugin_Ex();
            $GLOBALS['_SC_Helper_Plugin_instance']->load($plugin_activate_flg);
        }

        return $GLOBALS['_SC_Helper_Plugin_instance'];
    }

    public function load($plugin_activate_flg = true)
    {
        foreach (SC_Plugin_Util_Ex::getEnablePlugin() as $row) {
            $file = PLUGIN_UPLOAD_REALDIR . $row['plugin_code'] . '/' . $row['class_name'] . '.php';
            if (!file_exists($file)) {
                continue;
            }
            require_once $file;
            $plugin = new $row['class_name']($row);
            $this->arrPluginInstances[$row['plugin_id']] = $plugin;
            $this->arrPluginIds[] = $row['plugin_id'];
            if (method_exists($plugin, 'register')) {
                $plugin->register($this, $row['priority']);
            }
            foreach (array(HOOK_POINT_PREPROCESS => 'preProcess', HOOK_POINT_PROCESS => 'process') as $hook => $name) {
                if (method_exists($plugin, $name)) {
                    $this->addAction($hook, array($plugin, $name), $row['priority']);
                }
            }
        }
    }

    /** registerRows is what SC_Plugin_Base does for the plugins that extend it. */
    public static function registerRows($helper, $plugin, array $info, $priority)
    {
        foreach ($info['plugin_hook_point'] ?? array() as $row) {
            if (isset($row['callback'])) {
                $helper->addAction($row['hook_point'], array($plugin, $row['callback']), $priority);
            }
        }
    }

    public function addAction($hook_point, $function, $priority = 0)
    {
        $id = is_array($function) && is_object($function[0]) ? spl_object_hash($function[0]) . $function[1] : serialize($function);
        $this->arrRegistedPluginActions[$hook_point][$priority][$id] = array('function' => $function);

        return true;
    }

    public function doAction($hook_point, $arrArgs = array())
    {
        GC_Utils_Ex::gfPrintLog('hook ' . $hook_point, DATA_REALDIR . 'logs/hooks.log');
        if (!isset($this->arrRegistedPluginActions[$hook_point])) {
            return;
        }
        krsort($this->arrRegistedPluginActions[$hook_point]);
        foreach ($this->arrRegistedPluginActions[$hook_point] as $arrFuncs) {
            foreach ($arrFuncs as $func) {
                call_user_func_array($func['function'], $arrArgs);
            }
        }
    }

    public function setHeadNaviBlocs(&$arrBlocs)
    {
    }

    public static function hook($hook_point, $arrArgs = array(), $plugin_activate_flg = PLUGIN_ACTIVATE_FLAG)
    {
        self::getSingletonInstance($plugin_activate_flg)->doAction($hook_point, $arrArgs);
    }
}
