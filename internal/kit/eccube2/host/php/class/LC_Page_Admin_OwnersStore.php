<?php
/** Where the shop's owner uploads, enables, disables and removes plugins. */
class LC_Page_Admin_OwnersStore extends LC_Page_Admin_Ex
{
    public $plugins = array();
    public $arrErrors = array();

    public function init()
    {
        parent::init();
        $this->tpl_mainpage = 'ownersstore/plugin.tpl';
        $this->tpl_title = 'プラグイン管理';
    }

    public function process()
    {
        $this->action();
        $this->sendResponse();
    }

    public function action()
    {
        $mode = $this->getMode();
        if ($mode === 'install') {
            $this->arrErrors = $this->installPlugin($_FILES['plugin_file'] ?? array('name' => '', 'tmp_name' => ''));
        } elseif (in_array($mode, array('enable', 'disable', 'uninstall'), true)) {
            $this->arrErrors = $this->$mode(SC_Plugin_Util_Ex::getPluginByPluginId($_POST['plugin_id']));
            unset($GLOBALS['_SC_Helper_Plugin_instance']);
        }
        if ($mode !== null && count($this->arrErrors) === 0) {
            SC_Utils_Ex::clearCompliedTemplate();
        }
        foreach (SC_Plugin_Util_Ex::getAllPlugin() as $plugin) {
            $plugin['config_flg'] = file_exists(PLUGIN_UPLOAD_REALDIR . $plugin['plugin_code'] . '/config.php');
            $this->plugins[] = $plugin;
        }
    }

    private function installPlugin(array $upload)
    {
        $objQuery = SC_Query_Ex::getSingletonInstance();
        $objQuery->begin();
        SC_Helper_FileManager_Ex::deleteFile(DOWNLOADS_TEMP_PLUGIN_INSTALL_DIR, false);
        if (!preg_match('/^[-_.a-zA-Z0-9]+\.(tar\.gz|tar)$/', $upload['name'])) {
            return array('※ ファイルの形式が正しくありません。');
        }
        $archive = DOWNLOADS_TEMP_PLUGIN_INSTALL_DIR . $upload['name'];
        move_uploaded_file($upload['tmp_name'], $archive);
        $tar = new PharData($archive);
        $tar->extractTo(DOWNLOADS_TEMP_PLUGIN_INSTALL_DIR);
        unset($tar);
        PharData::unlinkArchive($archive);
        if (!file_exists(DOWNLOADS_TEMP_PLUGIN_INSTALL_DIR . 'plugin_info.php')) {
            return array('※ plugin_info.phpの読み込みに失敗しました。');
        }
        require_once DOWNLOADS_TEMP_PLUGIN_INSTALL_DIR . 'plugin_info.php';
        $info = $this->info();
        $errors = $this->check($info);
        if (count($errors) > 0) {
            return $errors;
        }
        $this->registerData($info, $objQuery);
        SC_Utils_Ex::copyDirectory(DOWNLOADS_TEMP_PLUGIN_INSTALL_DIR, PLUGIN_UPLOAD_REALDIR . $info['PLUGIN_CODE'] . '/');
        is_dir(PLUGIN_HTML_REALDIR . $info['PLUGIN_CODE']) || mkdir(PLUGIN_HTML_REALDIR . $info['PLUGIN_CODE']);
        $plugin = SC_Plugin_Util_Ex::getPluginByPluginCode($info['PLUGIN_CODE']);
        $errors = $this->execPlugin($plugin, 'install');
        if (count($errors) > 0) {
            $objQuery->rollback();
            SC_Plugin_Util_Ex::deletePluginByPluginId($plugin['plugin_id']);

            return $errors;
        }
        $objQuery->commit();
        SC_Helper_FileManager_Ex::deleteFile(DOWNLOADS_TEMP_PLUGIN_INSTALL_DIR, false);

        return array();
    }

    /** info reads static properties first and constants where there is none. */
    private function info()
    {
        $class = new ReflectionClass('plugin_info');

        return array_merge($class->getConstants(), $class->getStaticProperties());
    }

    private function check(array $info)
    {
        foreach (array('PLUGIN_CODE', 'PLUGIN_NAME', 'CLASS_NAME', 'PLUGIN_VERSION', 'COMPLIANT_VERSION', 'AUTHOR', 'DESCRIPTION') as $key) {
            if (!isset($info[$key])) {
                return array('※ ' . $key . 'が定義されていません。');
            }
            $most = array('COMPLIANT_VERSION' => 99999, 'DESCRIPTION' => 200);
            if (mb_strlen($info[$key]) > ($most[$key] ?? 50)) {
                return array('※ ' . $key . 'が長すぎます。');
            }
        }
        if (!file_exists(DOWNLOADS_TEMP_PLUGIN_INSTALL_DIR . $info['CLASS_NAME'] . '.php')) {
            return array('※ CLASS_NAMEが正しく定義されていません。');
        }
        if (SC_Plugin_Util_Ex::getPluginByPluginCode($info['PLUGIN_CODE'])) {
            return array('※ ' . $info['PLUGIN_NAME'] . 'は既にインストールされています。');
        }

        return array();
    }

    private function registerData(array $info, $objQuery)
    {
        $id = $objQuery->nextVal('dtb_plugin_plugin_id');
        $objQuery->insert('dtb_plugin', array(
            'plugin_id' => $id, 'plugin_name' => $info['PLUGIN_NAME'], 'plugin_code' => $info['PLUGIN_CODE'], 'class_name' => $info['CLASS_NAME'],
            'author' => $info['AUTHOR'], 'plugin_version' => $info['PLUGIN_VERSION'], 'compliant_version' => $info['COMPLIANT_VERSION'],
            'plugin_description' => $info['DESCRIPTION'], 'priority' => 0, 'enable' => PLUGIN_ENABLE_FALSE, 'update_date' => 'CURRENT_TIMESTAMP',
        ));
        $hooks = $info['HOOK_POINTS'] ?? array();
        foreach (is_array($hooks) ? $hooks : explode(',', $hooks) as $h) {
            $row = is_array($h) ? array('hook_point' => $h[0], 'callback' => $h[1]) : array('hook_point' => $h);
            $row += array('plugin_hookpoint_id' => $objQuery->nextVal('dtb_plugin_hookpoint_plugin_hookpoint_id'), 'plugin_id' => $id, 'update_date' => 'CURRENT_TIMESTAMP');
            $objQuery->insert('dtb_plugin_hookpoint', $row);
        }
    }

    private function enable($plugin)
    {
        $errors = $this->execPlugin($plugin, 'enable');
        if (count($errors) === 0) {
            $this->updateEnable($plugin, PLUGIN_ENABLE_TRUE);
        }

        return $errors;
    }

    private function disable($plugin)
    {
        $errors = $this->execPlugin($plugin, 'disable');
        if (count($errors) === 0) {
            $this->updateEnable($plugin, PLUGIN_ENABLE_FALSE);
        }

        return $errors;
    }

    /** uninstall removes the plugin whatever its own uninstall says. */
    private function uninstall($plugin)
    {
        if ($plugin['enable'] == PLUGIN_ENABLE_TRUE) {
            $errors = $this->disable($plugin);
            if (count($errors) > 0) {
                return $errors;
            }
        }
        $this->execPlugin($plugin, 'uninstall');
        SC_Plugin_Util_Ex::deletePluginByPluginId($plugin['plugin_id']);
        SC_Helper_FileManager_Ex::deleteFile(PLUGIN_UPLOAD_REALDIR . $plugin['plugin_code']);
        SC_Helper_FileManager_Ex::deleteFile(PLUGIN_HTML_REALDIR . $plugin['plugin_code']);

        return array();
    }

    private function updateEnable($plugin, $enable)
    {
        SC_Query_Ex::getSingletonInstance()->update('dtb_plugin', array('enable' => $enable, 'update_date' => 'CURRENT_TIMESTAMP'), 'plugin_id = ?', array($plugin['plugin_id']));
    }

    /**
     * execPlugin calls a method on the plugin's class. PHP before 8 let the versions up to
     * 2.17.1 do so with methods that are not static; here they get an object.
     */
    private function execPlugin($plugin, $exec_func)
    {
        require_once PLUGIN_UPLOAD_REALDIR . $plugin['plugin_code'] . '/' . $plugin['class_name'] . '.php';
        $class = $plugin['class_name'];
        if (!method_exists($class, $exec_func)) {
            return array('※ ' . $class . '.php に' . $exec_func . 'が見つかりません。');
        }
        $method = new ReflectionMethod($class, $exec_func);
        $on = $class;
        if (!$method->isStatic() && version_compare(ECCUBE_VERSION, '2.17.2', '<')) {
            $on = (new ReflectionClass($class))->newInstanceWithoutConstructor();
        }
        if (version_compare(ECCUBE_VERSION, '2.13', '<')) {
            call_user_func(array($on, $exec_func), $plugin);

            return array();
        }
        $ret = call_user_func_array(array($on, $exec_func), array($plugin, new SC_Plugin_Installer($exec_func, $plugin)));

        return $ret === null || $ret === true ? array() : array((string) $ret);
    }
}
