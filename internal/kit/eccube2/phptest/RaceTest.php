<?php
/** Several processes at once. */
class RaceTest extends ShopCase
{
    /** Starts so many rounds, lets them go together, and returns what each says. */
    private function together($n, $type, $ahead = 0)
    {
        $all = array();
        for ($i = 0; $i < $n; $i++) {
            $process = proc_open(array(PHP_BINARY, dirname(__FILE__) . '/support/round.php', $type, $this->settings->api_url, (string) $ahead),
                array(array('pipe', 'r'), array('pipe', 'w'), STDERR), $pipes);
            $all[] = array($process, $pipes);
        }
        foreach ($all as $one) {
            fwrite($one[1][0], "go\n");
        }
        $said = array();
        foreach ($all as $one) {
            $text = stream_get_contents($one[1][1]);
            $this->assertSame(0, proc_close($one[0]), $text);
            $said[] = json_decode($text, true);
        }
        return $said;
    }

    /** @dataProvider databases */
    public function testTwoRoundsAtOnceDoTheWorkOnce($type)
    {
        $this->shop($type);
        foreach (range(1, 300) as $id) {
            $this->member($id);
        }
        $this->server->set('bulk', 300);
        for ($i = 1; $i <= 3; $i++) {
            $said = $this->together(4, $type, 61 * $i);
            $this->assertCount(1, array_filter(array_column($said, 'went')), json_encode($said));
            $this->assertCount($i, $this->server->log('GET'));
            $this->assertCount($i, $this->server->reports());
        }
        $this->assertCount(300, $this->reported()['barred']);
        $this->assertSame(300, $this->book()->numbers()['barred']);
    }

    /** @dataProvider databases */
    public function testALeaseThatIsLostEndsTheRound($type)
    {
        $this->shop($type);
        $hash = $this->member(1);
        $this->server->change(1);
        $http = new BreakingHttp();
        $test = $this;
        $http->after = function ($call) use ($test) { // it hung for so long that another one has the turn
            $test->assertSame(1, $call);
            $test->clock->time += 400;
            $lease = new ExposureReset_Lease($test->book(), $test->clock);
            $test->assertTrue($lease->take(60));
        };
        try {
            $this->runner(null, $http)->go(true);
            $this->fail('no exception');
        } catch (ExposureReset_Trouble $e) {
            $this->assertSame('lease', $e->getMessage());
        }
        $this->assertSame($hash, $this->password(1));
        $this->assertCount(0, $this->server->reports());
    }

    /** A member sets a new password while a round is on its way, at each of its statements. @dataProvider databases */
    public function testARoundAndANewPassword($type)
    {
        $calls = 0;
        $key = '22222222-2222-4222-8222-222222222222';
        for ($at = 1; $at === 1 || $at <= $calls; $at++) {
            $this->shop($type);
            $this->server = new Server();
            $this->clock->time = time();
            $old = $this->member(1);
            $this->server->change(1);
            $this->server->set('redeemed', array('1'));
            $other = new PdoDb($type);
            $db = new MeanwhileDb($this->db, $at, function () use ($other, $key) {
                $this->renew($other, $key);
            });
            $this->runner($db)->go(true);
            $calls = $db->calls;
            if ($at > $calls) {
                break;
            }
            $this->clock->time += 61;
            $this->rounds(3);
            $this->assertSame('new hash', $this->password(1), "at statement $at");
            $this->assertFalse($this->bars(1), "at statement $at");
            $this->assertSame(array(), $this->reported()['changed'], "at statement $at");
            $this->assertGreaterThan(0, count($this->server->log('POST /v1/mypage/members/1/')));
        }
        $this->assertGreaterThan(25, $calls);
    }

    /** All that Renewal does, in its order. */
    private function renew($db, $key)
    {
        $book = new ExposureReset_Book($db);
        $shop = new ExposureReset_Shop($db);
        $book->intend(1, $key, $book->evidence(1, md5('new hash')));
        $shop->store(1, 'new hash');
        $book->renewed(1, $key, $this->clock->time);
        $teller = new ExposureReset_Teller(new ExposureReset_Api($this->settings, new ExposureReset_Http()), $book);
        $teller->tell(1, $key);
    }

    /** @dataProvider databases */
    public function testAListFromBeforeACompletionIsNotBelieved($type)
    {
        $this->shop($type);
        $this->member(1);
        $this->server->change(1);
        $this->rounds(3);
        $this->server->set('redeemed', array('1'));
        $this->server->change(1, 'ticket_issued', '2023-07-26T10:00:00+09:00');
        $http = new BreakingHttp();
        $http->after = function ($call, $url) { // the page was answered, and is taken over only after the completion
            if (strpos($url, '/password-resets') !== false) {
                $this->renew(new PdoDb($this->db->type()), '33333333-3333-4333-8333-333333333333');
            }
        };
        $this->runner(null, $http)->go(true);
        $this->assertFalse($this->bars(1));
        $this->assertSame('new hash', $this->password(1));
        $this->clock->time += 61;
        $this->rounds(3);
        $this->assertFalse($this->bars(1));
        $this->assertSame('new hash', $this->password(1));
        $this->assertSame('completed', $this->book()->row(1)['state']);
        $this->server->change(1, 'required', '2023-09-01T10:00:00+09:00'); // and a new order counts
        $this->rounds(2);
        $this->assertTrue($this->bars(1));
        $this->assertSame('', $this->password(1));
    }

    /** Nothing is asserted of time and memory: they are printed, for people. EXPOSURE_KIT_MEMBERS=100000 asks for more of them. */
    public function testManyMembers()
    {
        $this->shop('pgsql');
        $n = getenv('EXPOSURE_KIT_MEMBERS') ? (int) getenv('EXPOSURE_KIT_MEMBERS') : 12000;
        $this->db->pdo()->exec("INSERT INTO dtb_customer (customer_id, email, password, salt, secret_key) SELECT n, 'm' || n || '@example.com', md5('a' || n) || md5('b' || n), 's', 'r' || n FROM generate_series(1, $n) n");
        $this->db->pdo()->exec("INSERT INTO dtb_session (sess_id, sess_data) SELECT 's' || n, 'customer|a:41:{s:11:\"customer_id\";s:' || length(n::text) || ':\"' || n || '\";}' || repeat('x', 4000) FROM generate_series(1, 5000) n");
        $this->db->pdo()->exec('ANALYZE dtb_customer');
        $this->server->set('bulk', $n);
        foreach (array('first', 'second', 'third') as $i => $name) {
            $said = $this->together(1, 'pgsql', 61 * $i);
            fprintf(STDERR, "%d members, %s round: %.1f s, %.0f MiB\n", $n, $name, $said[0]['seconds'], $said[0]['memory'] / 1048576);
        }
        $this->assertSame($n, $this->book()->numbers()['barred']);
        $this->assertSame(array(), $this->sessions());
        $this->assertEquals(array(0), $this->db->pdo()->query("SELECT COUNT(*) FROM dtb_customer WHERE password <> ''")->fetchAll(PDO::FETCH_COLUMN));
    }
}

/** A database at whose n-th call somebody else does something first. */
class MeanwhileDb extends BreakingDb
{
    private $n;
    private $meanwhile;
    private $within = false;

    public function begin()
    {
        $this->now();
        $this->within = true;
        parent::begin();
    }

    public function commit()
    {
        parent::commit();
        $this->within = false;
    }

    public function rollback()
    {
        parent::rollback();
        $this->within = false;
    }

    public function __construct($db, $at, $meanwhile)
    {
        parent::__construct($db, 0);
        $this->n = $at;
        $this->meanwhile = $meanwhile;
    }

    private function now()
    {
        if ($this->n > 0 && $this->calls + 1 >= $this->n && !$this->within) { // within a transaction the other one would wait for it
            $this->n = 0;
            call_user_func($this->meanwhile);
        }
    }

    public function all($sql, $params = array())
    {
        $this->now();
        return parent::all($sql, $params);
    }

    public function run($sql, $params = array())
    {
        $this->now();
        return parent::run($sql, $params);
    }
}
