<?php
// One round in a process of its own, from cron: php round.php pgsql|mysql api_url seconds-ahead
require_once dirname(__FILE__) . '/bootstrap.php';
$settings = ExposureReset_Settings::fromArray(array('api_url' => $argv[2], 'key' => Server::key(), 'mode' => 'on'));
$db = new PdoDb($argv[1]);
$clock = new HandClock();
$clock->time = time() + (int) $argv[3];
$run = new ExposureReset_Run($settings, new ExposureReset_Api($settings, new ExposureReset_Http()), new ExposureReset_Book($db), new ExposureReset_Shop($db), $clock);
fgets(STDIN); // all at once
$began = microtime(true);
echo json_encode(array('went' => $run->go(true), 'seconds' => round(microtime(true) - $began, 2), 'memory' => memory_get_peak_usage()));
