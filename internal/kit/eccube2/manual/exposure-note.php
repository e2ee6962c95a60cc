<?php
/**
 * Above the login forms (templates mypage/login.tpl and shopping/index.tpl of every device):
 *
 *   <!--{include_php file="/path/to/exposure-note.php"}-->
 */
require_once dirname(__FILE__) . '/lib/load.php';
$exposureReset = new ExposureReset_ByHand(dirname(__FILE__));
$exposureReset->note();
