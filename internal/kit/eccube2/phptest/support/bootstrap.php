<?php
error_reporting(E_ALL);
ini_set('display_errors', '1');
date_default_timezone_set('Asia/Tokyo');
// A notice or a deprecation is a failure: also in a process that is not PHPUnit's.
set_error_handler(function ($number, $text, $file, $line) {
    if (error_reporting() & $number) {
        throw new ErrorException($text, 0, $number, $file, $line);
    }
    return false;
});
require_once dirname(__FILE__) . '/../../plugin/ExposureReset/lib/load.php';
foreach (array('PdoDb', 'HandClock', 'Server', 'BreakingDb', 'BreakingHttp', 'Hasher', 'ShopCase') as $class) {
    if ($class !== 'ShopCase' || class_exists('PHPUnit\Framework\TestCase')) {
        require_once dirname(__FILE__) . "/$class.php";
    }
}
