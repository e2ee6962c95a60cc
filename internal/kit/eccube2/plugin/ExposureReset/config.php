<?php
/** The settings page, which EC-CUBE includes after it has checked the administrator. */
if (!class_exists('LC_Page_Admin_Ex')) {
    exit;
}
require_once dirname(__FILE__) . '/lib/load.php';
require_once dirname(__FILE__) . '/LC_Page_Plugin_ExposureReset_Config.php';
$objPage = new LC_Page_Plugin_ExposureReset_Config();
$objPage->init();
$objPage->process();
