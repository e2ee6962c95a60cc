<?php
require_once PLUGIN_UPLOAD_REALDIR . 'Probe/LC_Page_Plugin_Probe_Config.php';
$objPage = new LC_Page_Plugin_Probe_Config();
$objPage->init();
$objPage->process();
