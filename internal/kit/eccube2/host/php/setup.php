<?php
// Makes the shop: its folders, its database and the person who runs it (admin, password
// "password"). php setup.php DSN-OF-THE-SERVER NAME-OF-THE-DATABASE

$data = getenv('EXPOSURE_HOST_DATA');
foreach (array('data/downloads/plugin', 'data/downloads/tmp/plugin_install', 'data/Smarty/templates_c', 'data/config', 'data/logs', 'html/plugin') as $dir) {
    mkdir("$data/$dir", 0777, true);
}
touch("$data/data/config/config.php");
file_put_contents("$data/html/define.php", "<?php\ndefine('HTML2DATA_DIR', '../data/');\n");
file_put_contents("$data/html/require.php", "<?php\nrequire_once '" . __DIR__ . "/boot.php';\n");
file_put_contents("$data/data/require_base.php", "<?php\nrequire_once '" . __DIR__ . "/boot.php';\n");
define('SAFE', true);
$second = getenv('EXPOSURE_HOST_DB_TYPE') !== 'pgsql';
$server = new PDO($argv[1], getenv('EXPOSURE_HOST_DB_USER'), '', array(PDO::ATTR_ERRMODE => PDO::ERRMODE_EXCEPTION));
$server->exec('CREATE DATABASE ' . $argv[2] . ($second ? ' DEFAULT CHARACTER SET utf8' : ''));
$pdo = new PDO(getenv('EXPOSURE_HOST_DSN'), getenv('EXPOSURE_HOST_DB_USER'), '', array(PDO::ATTR_ERRMODE => PDO::ERRMODE_EXCEPTION));
if ($second) {
    $pdo->exec('SET NAMES utf8');
}
$sql = preg_replace_callback('/\{([^|]*)\|([^}]*)\}/', function ($m) use ($second) {
    return $second ? $m[2] : $m[1];
}, file_get_contents(__DIR__ . '/schema.sql'));
foreach (explode(";\n", $sql) as $statement) {
    $pdo->exec($statement);
}
require __DIR__ . '/boot.php';
$hash = SC_Utils_Ex::sfGetHashString('password', 'adminsalt0');
SC_Query_Ex::getSingletonInstance()->insert('dtb_member', array('member_id' => 1, 'name' => '管理者', 'login_id' => 'admin', 'password' => $hash, 'salt' => 'adminsalt0', 'authority' => 0));
