<?php
// Which page answers which path, for "php -S".

$pages = array(
    '/index.php' => 'LC_Page_Index_Ex',
    '/mypage/index.php' => 'LC_Page_Mypage_Ex',
    '/mypage/login.php' => 'LC_Page_Mypage_Login_Ex',
    '/frontparts/login_check.php' => 'LC_Page_FrontParts_LoginCheck_Ex',
    '/shopping/index.php' => 'LC_Page_Shopping_Ex',
    '/shopping/deliv.php' => 'LC_Page_Shopping_Deliv_Ex',
    '/entry/email_mobile.php' => 'LC_Page_Entry_EmailMobile_Ex',
    '/forgot/index.php' => 'LC_Page_Forgot_Ex',
    '/admin/index.php' => 'LC_Page_Admin_Index_Ex',
    '/admin/home.php' => 'LC_Page_Admin_Home_Ex',
    '/admin/ownersstore/index.php' => 'LC_Page_Admin_OwnersStore_Ex',
);
$path = parse_url($_SERVER['REQUEST_URI'], PHP_URL_PATH);
if (substr($path, -1) === '/') {
    $path .= 'index.php';
}
$_SERVER['SCRIPT_NAME'] = $path;
$_SERVER['PHP_SELF'] = $path;

// The file that every page of a shop requires first, where its owner may put in a line.
$require = getenv('EXPOSURE_HOST_DATA') . '/html/require.php';
if (strpos($path, '/admin/') === 0) {
    define('ADMIN_FUNCTION', true);
}

if ($path === '/admin/load_plugin_config.php') {
    require $require;
    $plugin = isset($_GET['plugin_id']) && is_numeric($_GET['plugin_id']) ? SC_Plugin_Util_Ex::getPluginByPluginId($_GET['plugin_id']) : null;
    $config = PLUGIN_UPLOAD_REALDIR . ($plugin['plugin_code'] ?? '') . '/config.php';
    if (!isset($plugin['plugin_code']) || !file_exists($config)) {
        exit('プラグインが存在しません');
    }
    require_once $config;
    exit;
}
if (!isset($pages[$path])) {
    http_response_code(404);
    exit;
}
require $require;
$objPage = new $pages[$path]();
$objPage->init();
$objPage->process();
