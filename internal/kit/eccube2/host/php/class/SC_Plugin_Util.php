<?php
/** The rows of the plugins. */
class SC_Plugin_Util
{
    public static function getEnablePlugin()
    {
        $objQuery = SC_Query_Ex::getSingletonInstance();
        $objQuery->setOrder('priority DESC, plugin_id ASC');
        $all = $objQuery->select('*', 'dtb_plugin', 'enable = 1');
        foreach ($all as $i => $row) {
            $all[$i]['plugin_hook_point'] = self::getPluginHookPoint($row['plugin_id']);
        }

        return $all;
    }

    public static function getAllPlugin()
    {
        $objQuery = SC_Query_Ex::getSingletonInstance();
        $objQuery->setOrder('plugin_id ASC');

        return $objQuery->select('*', 'dtb_plugin');
    }

    public static function getPluginByPluginId($plugin_id)
    {
        return SC_Query_Ex::getSingletonInstance()->getRow('*', 'dtb_plugin', 'plugin_id = ?', array($plugin_id));
    }

    public static function getPluginByPluginCode($plugin_code)
    {
        return SC_Query_Ex::getSingletonInstance()->getRow('*', 'dtb_plugin', 'plugin_code = ?', array($plugin_code));
    }

    public static function deletePluginByPluginId($plugin_id)
    {
        $objQuery = SC_Query_Ex::getSingletonInstance();
        $objQuery->delete('dtb_plugin', 'plugin_id = ?', array($plugin_id));
        $objQuery->delete('dtb_plugin_hookpoint', 'plugin_id = ?', array($plugin_id));
    }

    public static function getPluginHookPoint($plugin_id, $use_type = 1)
    {
        $where = 'plugin_id = ?';
        if ($use_type == 1 && version_compare(ECCUBE_VERSION, '2.13', '>=')) {
            $where .= ' AND use_flg = 1';
        }

        return SC_Query_Ex::getSingletonInstance()->select('*', 'dtb_plugin_hookpoint', $where, array($plugin_id));
    }
}
