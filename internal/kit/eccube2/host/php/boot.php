<?php
// What a shop's require.php does before any page: constants, class loading, session, admin's
// authorisation and, on feature phones, the conversion of everything that comes and goes.

if (($_SERVER['HTTP_X_FORWARDED_PROTO'] ?? '') === 'https') {
    $_SERVER['HTTPS'] = 'on'; // TLS ends in front of the shop
}
$data = getenv('EXPOSURE_HOST_DATA');
$url = getenv('EXPOSURE_HOST_URL');
define('ECCUBE_VERSION', getenv('EXPOSURE_HOST_VERSION'));
define('DATA_REALDIR', $data . '/data/');
defined('HTML_REALDIR') || define('HTML_REALDIR', $data . '/html/');
define('CLASS_REALDIR', __DIR__ . '/class/');
define('CLASS_EX_REALDIR', __DIR__ . '/class/');
define('TEMPLATE_REALDIR', __DIR__ . '/templates/');
define('PLUGIN_UPLOAD_REALDIR', DATA_REALDIR . 'downloads/plugin/');
define('PLUGIN_HTML_REALDIR', HTML_REALDIR . 'plugin/');
define('DOWNLOADS_TEMP_PLUGIN_INSTALL_DIR', DATA_REALDIR . 'downloads/tmp/plugin_install/');
define('COMPILE_REALDIR', DATA_REALDIR . 'Smarty/templates_c/');
define('CONFIG_REALFILE', DATA_REALDIR . 'config/config.php');
define('LOG_REALFILE', DATA_REALDIR . 'logs/site.log');
define('ERROR_LOG_REALFILE', DATA_REALDIR . 'logs/error.log');
define('CUSTOMER_LOG_REALFILE', DATA_REALDIR . 'logs/customer.log');
define('HTTP_URL', $url);
define('HTTPS_URL', $url);
define('ROOT_URLPATH', '/');
define('ADMIN_DIR', 'admin/');
define('DIR_INDEX_PATH', 'index.php');
define('DIR_INDEX_FILE', 'index.php');
define('TOP_URL', $url . 'index.php');
define('DB_TYPE', getenv('EXPOSURE_HOST_DB_TYPE'));
define('AUTH_MAGIC', 'a-magic-word-of-this-shop');
define('PASSWORD_HASH_ALGOS', 'sha256');
define('CHAR_CODE', 'UTF-8');
define('CERT_STRING', '7WDhcBTF');
define('PLUGIN_ACTIVATE_FLAG', true);
define('HOOK_POINT_PREPROCESS', 'LC_Page_preProcess');
define('HOOK_POINT_PROCESS', 'LC_Page_process');
define('PLUGIN_ENABLE_TRUE', 1);
define('PLUGIN_ENABLE_FALSE', 0);
define('DEVICE_TYPE_MOBILE', 1);
define('DEVICE_TYPE_SMARTPHONE', 2);
define('DEVICE_TYPE_PC', 10);
define('DEVICE_TYPE_ADMIN', 99);
define('SITE_FRAME', 'site_frame.tpl');
define('MAIN_FRAME', 'main_frame.tpl');
define('TRANSACTION_ID_NAME', 'transactionid');
define('SUCCESS', 0);
define('ACCESS_ERROR', 2);
define('LOGIN_ERROR', 1);
define('INVALID_MOVE_ERRORR', 4);
define('PAGE_ERROR', 5);
define('SITE_LOGIN_ERROR', 11);
define('TEMP_LOGIN_ERROR', 12);
define('MDB2_FETCHMODE_ORDERED', 1);
define('MDB2_FETCHMODE_ASSOC', 2);
define('MDB2_PREPARE_MANIP', false);
define('MDB2_PREPARE_RESULT', null);
define('MDB2_OK', true);
define('DEFAULT_PASSWORD', '******');
mb_internal_encoding('UTF-8');
date_default_timezone_set('Asia/Tokyo');

require_once __DIR__ . '/base/SC_ClassAutoloader.php';
spl_autoload_register(array('SC_ClassAutoloader', 'autoload'));
SC_Helper_HandleError_Ex::load();
SC_DB_MasterData_Ex::defineConstants();

if (defined('SAFE') && SAFE) {
    return; // neither session nor authorisation
}
$objSession = new SC_Helper_Session_Ex();
SC_SessionFactory_Ex::getInstance()->initSession();
if (strpos($_SERVER['SCRIPT_NAME'], '/admin/') === 0 && $_SERVER['SCRIPT_NAME'] !== '/admin/index.php') {
    SC_Utils_Ex::sfIsSuccess(new SC_Session_Ex());
}
ob_start();
if (SC_Display_Ex::detectDevice() == DEVICE_TYPE_MOBILE) {
    $objMobile = new SC_Helper_Mobile_Ex();
    $objMobile->sfMobileInit();
}
