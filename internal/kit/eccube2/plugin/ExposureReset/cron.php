<?php
/**
 * One round from cron, every minute:
 *
 *   * * * * * php /path/to/data/downloads/plugin/ExposureReset/cron.php /path/to/html
 *
 * The argument is the directory with EC-CUBE's index.php and define.php; without it
 * html, public_html and www beside the directories above are tried. It starts no session and answers no browser.
 */
if (isset($_SERVER['REQUEST_METHOD'])) {
    header('HTTP/1.1 404 Not Found');
    exit;
}
require_once dirname(__FILE__) . '/lib/load.php';
exit(ExposureReset_Cron::plugin(isset($_SERVER['argv'][1]) ? $_SERVER['argv'][1] : '', dirname(__FILE__)));
