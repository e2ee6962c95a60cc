<?php
// A MY page API for tests, served by php -S: what it knows is in server.json of KIT_API_DIR,
// what it was asked in log.jsonl.
$dir = getenv('KIT_API_DIR');
$path = parse_url($_SERVER['REQUEST_URI'], PHP_URL_PATH);
$body = file_get_contents('php://input');
file_put_contents("$dir/log.jsonl", json_encode(array(
    'call' => $_SERVER['REQUEST_METHOD'] . ' ' . $_SERVER['REQUEST_URI'],
    'key' => isset($_SERVER['HTTP_AUTHORIZATION']) ? $_SERVER['HTTP_AUTHORIZATION'] : '',
    'type' => isset($_SERVER['CONTENT_TYPE']) ? $_SERVER['CONTENT_TYPE'] : '',
    'idempotency' => isset($_SERVER['HTTP_IDEMPOTENCY_KEY']) ? $_SERVER['HTTP_IDEMPOTENCY_KEY'] : '',
    'body' => $body,
)) . "\n", FILE_APPEND | LOCK_EX);

function answer($status, $value, $type = 'application/json')
{
    header('Content-Type: ' . $type, true, $status);
    echo $value === null ? '' : json_encode($value);
    exit;
}

function problem($status, $slug)
{
    answer($status, array('status' => $status, 'title' => $slug, 'type' => 'urn:exposure:problem:' . $slug), 'application/problem+json');
}

$lock = fopen("$dir/lock", 'c');
flock($lock, LOCK_EX);
$s = json_decode(file_get_contents("$dir/server.json"), true);
foreach ($s['instead'] as $start => $a) { // a scripted answer
    if (strncmp($path, $start, strlen($start)) === 0) {
        flock($lock, LOCK_UN);
        usleep((int) (1000000 * $a['wait']));
        http_response_code($a['status']);
        header_remove('Content-Type');
        foreach ($a['headers'] as $line) {
            header($line);
        }
        echo str_repeat($a['body'], $a['times']);
        exit;
    }
}
if ($_SERVER['HTTP_AUTHORIZATION'] !== 'Bearer ' . $s['key']) {
    problem(401, 'unauthenticated');
}
if ($path === '/v1/mypage/password-resets') {
    $from = isset($_GET['cursor']) ? (int) $_GET['cursor'] : 0;
    $members = array();
    if ($s['bulk'] > 0) {
        for ($id = $from + 1; $id <= min($s['bulk'], $from + $s['page']); $id++) {
            $members[] = array('member_id' => (string) $id, 'required' => true, 'since' => '2023-07-26T09:00:00+09:00', 'state' => 'required');
        }
        $total = $s['bulk'];
    } else {
        $members = array_slice($s['changes'], $from, $s['page']);
        $total = count($s['changes']);
    }
    $next = $from + count($members);
    answer(200, array('members' => $members, 'more' => $next < $total, 'next_cursor' => (string) $next) + ($s['held'] === null ? array() : array('held' => $s['held'])));
}
if ($path === '/v1/mypage/kit-reports') {
    answer(204, null);
}
if (preg_match('#^/v1/mypage/reset-tickets/([^/]+)/redemption$#', $path, $m)) {
    if (!isset($s['tickets'][$m[1]])) {
        problem(404, 'not-found');
    }
    $members = $s['tickets'][$m[1]];
    unset($s['tickets'][$m[1]]);
    file_put_contents("$dir/server.json", json_encode($s));
    answer(200, array('members' => $members));
}
if (preg_match('#^/v1/mypage/members/([^/]+)/password-reset/completion$#', $path, $m)) {
    if (!in_array($m[1], $s['redeemed'], true)) {
        problem(409, 'reset-not-applicable');
    }
    $since = '2023-07-26T10:30:00+09:00';
    $entry = array('member_id' => $m[1], 'required' => false, 'since' => $since, 'state' => 'completed');
    if (!in_array($entry, $s['changes'], true)) {
        $s['changes'][] = $entry;
        file_put_contents("$dir/server.json", json_encode($s));
    }
    answer(200, array('required' => false, 'since' => $since, 'state' => 'completed'));
}
problem(404, 'not-found');
