<?php
/**
 * At the end of html/require.php (and of html/mobile/require.php, where there is one):
 *
 *   require_once '/path/to/exposure-front.php';
 *
 * It needs the session and the database, which are there by then.
 */
require_once dirname(__FILE__) . '/lib/load.php';
$exposureReset = new ExposureReset_ByHand(dirname(__FILE__));
if ($exposureReset->page(false)) {
    exit;
}
