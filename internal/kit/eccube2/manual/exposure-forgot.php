<?php
/**
 * Only where the shop's page for forgotten passwords is not /forgot/: after its require.php,
 *
 *   require_once '/path/to/exposure-forgot.php';
 *
 * with the page's address as 'forgot_url' in exposure-settings.php.
 */
require_once dirname(__FILE__) . '/lib/load.php';
$exposureReset = new ExposureReset_ByHand(dirname(__FILE__));
if ($exposureReset->page(true)) {
    exit;
}
