<?php
/** A process may die at any statement, and before or after any call: the next rounds make it up, and nothing is done that should not be. */
class KillTest extends ShopCase
{
    const THEIRS = 'set with a ticket';

    /** Everything at once: 1 and 3 are to be kept out, 2 is not listed, 4 has set a password of their own that is untold, 5 one that nobody told of. */
    private function scene($type)
    {
        $this->shop($type);
        $this->server = new Server();
        $this->clock->time = time();
        foreach (range(1, 5) as $id) {
            $this->member($id);
            $this->session("s$id", $id);
        }
        $this->server->change(4);
        $this->server->change(5);
        $this->rounds(3);
        $this->server->set('redeemed', array('4'));
        $book = $this->book();
        $book->intend(4, '11111111-1111-4111-8111-111111111111', $book->evidence(4, md5(self::THEIRS)));
        $this->setPassword(4, self::THEIRS);
        $book->renewed(4, '11111111-1111-4111-8111-111111111111', $this->clock->time);
        $this->setPassword(5, 'by another way');
        $this->server->change(1);
        $this->server->change(3);
        $this->server->forget();
    }

    /** What must be in the end, however often somebody died. */
    private function settle($what)
    {
        for ($i = 0; $i < 4; $i++) {
            $this->clock->time += 400; // the dead one's lease ends
            $this->assertTrue($this->runner()->go(true), "$what: a round goes on");
        }
        $this->assertSame(array('', hash('sha256', 'old 2'), '', self::THEIRS, ''), array_map(array($this, 'password'), range(1, 5)), $what);
        $this->assertSame(array(true, false, true, false, true), array_map(array($this, 'bars'), range(1, 5)), $what);
        $this->assertSame(array('s2'), $this->sessions(), $what);
        foreach (array(1, 3) as $id) { // so that it is not chosen again, and known when it comes back
            $this->assertSame($this->book()->evidence($id, md5(hash('sha256', "old $id"))), $this->book()->row($id)['evidence'], $what);
        }
        $reported = $this->reported();
        $this->assertEqualsCanonicalizing(array('1', '3', '5'), array_map('strval', array_keys($reported['barred'])), $what);
        $this->assertSame(array('5'), array_map('strval', array_keys($reported['changed'])), $what);
        $keys = array_unique(array_column($this->server->log('POST /v1/mypage/members/4/'), 'idempotency'));
        $this->assertSame(array('11111111-1111-4111-8111-111111111111'), $keys, $what);
        $this->assertSame(0, $this->book()->numbers()['untold'], $what);
        $this->server->forget();
        $this->clock->time += 400;
        $this->runner()->go(true);
        $this->assertSame(array(array(), array()), array_values($this->reported()), "$what: nothing is told twice for ever");
    }

    /** @dataProvider databases */
    public function testKilledAtEveryStatement($type)
    {
        $this->scene($type);
        $counting = new BreakingDb($this->db, 0);
        $this->runner($counting)->go(true);
        $this->assertGreaterThan(40, $counting->calls);
        for ($at = 1; $at <= $counting->calls; $at += $type === 'pgsql' ? 1 : 3) { // the same statements: fewer are enough
            $this->scene($type);
            $killed = false;
            try {
                $this->runner(new BreakingDb($this->db, $at))->go(true);
            } catch (Killed $e) {
                $killed = true;
            }
            $this->assertTrue($killed, "statement $at");
            $this->db = new PdoDb($type); // the connection of the dead is gone, and with it what was not committed
            $this->settle("killed before statement $at");
        }
    }

    public function testEveryStatementFails()
    {
        $this->scene('pgsql');
        $counting = new BreakingDb($this->db, 0);
        $this->runner($counting)->go(true);
        for ($at = 1; $at <= $counting->calls; $at++) {
            $this->scene('pgsql');
            try {
                $this->runner(new BreakingDb($this->db, $at, 'trouble'))->go(true);
            } catch (ExposureReset_Trouble $e) {
                $this->assertSame('db', $e->getMessage());
            }
            $this->settle("statement $at fails");
        }
    }

    /** @dataProvider databases */
    public function testKilledAtEveryCall($type)
    {
        $this->scene($type);
        $counting = new BreakingHttp();
        $this->runner(null, $counting)->go(true);
        $this->assertSame(3, $counting->calls, 'a completion, the list, a report');
        foreach (array('before', 'after') as $when) {
            foreach (array('Killed', 'ExposureReset_Unreachable') as $how) {
                for ($at = 1; $at <= 3; $at++) {
                    $this->scene($type);
                    $http = new BreakingHttp();
                    $http->$when = function ($call) use ($at, $how) {
                        if ($call === $at) {
                            throw new $how('timeout');
                        }
                    };
                    try {
                        $this->runner(null, $http)->go(true);
                    } catch (Killed $e) {
                        $this->assertSame('Killed', $how);
                    }
                    $this->settle("$how $when call $at");
                }
            }
        }
    }
}
