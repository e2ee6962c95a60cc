<?php
/**
 * From cron, every minute:
 *
 *   * * * * * php /path/to/exposure-cron.php /path/to/html
 *
 * By hand: "php exposure-cron.php /path/to/html test" shows the self-test,
 * "php exposure-cron.php /path/to/html uninstall" drops the tables, after the two lines are
 * taken out of the shop. Over the web it answers nothing.
 */
if (isset($_SERVER['REQUEST_METHOD'])) {
    header('HTTP/1.1 404 Not Found');
    exit;
}
require_once dirname(__FILE__) . '/lib/load.php';
$exposureReset = new ExposureReset_ByHand(dirname(__FILE__));
exit(ExposureReset_Cron::guarded(isset($_SERVER['argv'][1]) ? $_SERVER['argv'][1] : '', dirname(__FILE__), array($exposureReset, 'cron')));
