<?php
class RenewalTest extends ShopCase
{
    const NEW_ONE = 'kD7-wq9Z.fLm2';

    private $hasher;

    private function renewal($db = null, $http = null)
    {
        $db = $db ? $db : $this->db;
        $this->hasher = $this->hasher ? $this->hasher : new Hasher();
        return new ExposureReset_Renewal($this->settings, new ExposureReset_Api($this->settings, $http ? $http : new ExposureReset_Http()),
            new ExposureReset_Book($db), new ExposureReset_Shop($db), $this->hasher, $this->clock);
    }

    /** Member 1 is kept out and has redeemed a ticket. */
    private function barred($type, $salt = 'salt1')
    {
        $this->shop($type);
        $this->hasher = new Hasher();
        $this->member(1, $this->hasher->hash('the old password', $salt), array('salt' => $salt));
        $this->member(2);
        $this->server->change(1);
        $this->rounds(3);
        $this->server->set('redeemed', array('1'));
        $this->session('a thief', 1);
        $this->session('other', 2);
    }

    /** @dataProvider databases */
    public function testANewPasswordIsStoredAndTold($type)
    {
        $this->barred($type);
        $this->assertSame(array(), $this->renewal()->set(1, self::NEW_ONE, self::NEW_ONE));
        $this->assertSame($this->hasher->hash(self::NEW_ONE, 'salt1'), $this->password(1));
        $this->assertSame(array('other'), $this->sessions());
        $this->assertFalse($this->bars(1));
        $log = $this->server->log('POST /v1/mypage/members/1/password-reset/completion');
        $this->assertCount(1, $log);
        $this->assertMatchesRegularExpression('/\A[0-9a-f-]{36}\z/', $log[0]['idempotency']);
        $this->session('with the new one', 1);
        $this->rounds(4);
        $this->assertSame(array('other', 'with the new one'), $this->sessions(), 'who logs in with it stays');
        $this->assertSame(array(), $this->reported()['changed']);
        $row = $this->db->pdo()->query('SELECT salt, secret_key, update_date FROM dtb_customer WHERE customer_id = 1')->fetch(PDO::FETCH_NUM);
        $this->assertSame(array('salt1', 'r1', '2023-01-02 03:04:05'), $row);
    }

    /** @dataProvider databases */
    public function testARowWithoutSalt($type)
    {
        $this->barred($type, '');
        $this->assertSame(array(), $this->renewal()->set(1, self::NEW_ONE, self::NEW_ONE));
        $this->assertSame(sha1(self::NEW_ONE . ':magic'), $this->password(1));
    }

    /** @dataProvider databases */
    public function testTheOldOneIsKnownAlthoughItIsGone($type)
    {
        $this->shop($type);
        $this->hasher = new Hasher();
        $this->member(1, $this->hasher->hash('Old-one.7kXq!', 'salt1'));
        $this->assertSame(array('old'), $this->renewal()->set(1, 'Old-one.7kXq!', 'Old-one.7kXq!'), 'while it is there');
        $this->server->change(1);
        $this->rounds();
        $this->assertSame('', $this->password(1));
        $this->assertSame(array('old'), $this->renewal()->set(1, 'Old-one.7kXq!', 'Old-one.7kXq!'), 'when it is gone');
        $this->assertSame('', $this->password(1));
        $this->setPassword(1, $this->hasher->hash('By-a-thief.9k', 'salt1'));
        $this->rounds(2);
        $this->assertSame(array('old'), $this->renewal()->set(1, 'By-a-thief.9k', 'By-a-thief.9k'));
    }

    /** @dataProvider databases */
    public function testToldLaterWithTheSameKeyAndNotBarredMeanwhile($type)
    {
        $this->barred($type);
        $this->server->problem('/members', 503);
        $this->assertSame(array(), $this->renewal()->set(1, self::NEW_ONE, self::NEW_ONE));
        $this->assertFalse($this->bars(1), 'at once');
        $this->rounds(2);
        $this->assertFalse($this->bars(1), 'the list is older than the new password');
        $this->assertSame($this->hasher->hash(self::NEW_ONE, 'salt1'), $this->password(1));
        $this->assertSame(1, $this->book()->numbers()['untold']);
        $this->assertSame(array(), $this->reported()['changed']);
        $this->server->asUsual();
        $this->rounds(1);
        $this->assertSame(0, $this->book()->numbers()['untold']);
        $this->assertCount(1, array_unique(array_column($this->server->log('POST /v1/mypage/members/1/'), 'idempotency')));
        $this->assertGreaterThan(2, count($this->server->log('POST /v1/mypage/members/1/')));
        $this->rounds(2);
        $this->assertFalse($this->bars(1));
    }

    /** @dataProvider databases */
    public function testRefusedIsBarredAgain($type)
    {
        foreach (array(409, 404) as $status) {
            $this->barred($type);
            $this->server->problem('/members', $status);
            $this->assertSame(array('refused'), $this->renewal()->set(1, self::NEW_ONE, self::NEW_ONE));
            $this->assertTrue($this->bars(1));
            $this->session('with it', 1);
            $this->rounds(1);
            $this->assertSame('', $this->password(1), 'and that password is worth nothing');
            $this->assertSame(array('other'), $this->sessions());
            $this->assertSame(array(), $this->reported()['changed']);
            $this->server->asUsual();
            $this->assertSame(array(), $this->renewal()->set(1, self::NEW_ONE . 'x', self::NEW_ONE . 'x'), 'another ticket helps');
            $this->assertFalse($this->bars(1));
        }
    }

    public function testAPageOfAProxyIsNoRefusal()
    {
        $this->barred('pgsql');
        $this->server->instead('/members', 404, '<h1>Not Found</h1>', array('Content-Type: text/html'));
        $this->assertSame(array(), $this->renewal()->set(1, self::NEW_ONE, self::NEW_ONE));
        $this->rounds(2);
        $this->assertFalse($this->bars(1));
        $this->assertNotSame('', $this->password(1));
    }

    /** @dataProvider databases */
    public function testNothingIsStoredForAReason($type)
    {
        $this->barred($type);
        $cases = array(
            array(array('differ'), 1, self::NEW_ONE, self::NEW_ONE . 'x'), array(array('short'), 1, 'kD7-wq9Z', 'kD7-wq9Z'), array(array('common'), 1, 'password1234', 'password1234'),
            array(array('gone'), 3, self::NEW_ONE, self::NEW_ONE), array(array('shop'), 1, 'HanaZakka-2', 'HanaZakka-2'),
            array(array('address'), 1, 'm1@example.com', 'm1@example.com'),
        );
        $this->settings->shop_name = 'HanaZakka';
        foreach ($cases as $case) {
            $reasons = $this->renewal()->set($case[1], $case[2], $case[3]);
            $this->assertSame($case[0], array_values(array_intersect($reasons, $case[0])), implode(' ', $reasons));
        }
        $this->hasher->lies = true;
        $this->assertSame(array('trouble'), $this->renewal()->set(1, self::NEW_ONE, self::NEW_ONE));
        $this->assertSame('', $this->password(1));
        $this->assertTrue($this->bars(1));
        $this->assertCount(0, $this->server->log('POST /v1/mypage/members'));
    }

    /** @dataProvider databases */
    public function testTickets($type)
    {
        $this->shop($type);
        $this->member(7);
        $this->member(3);
        $this->member(5, null, array('del_flg' => 1));
        $ticket = str_repeat('A', 43);
        $this->server->set('tickets', array($ticket => array('7', '3', '5', '9', 'x', '7')));
        $this->assertSame(array(3, 7), $this->renewal()->redeem($ticket));
        $this->expectException('ExposureReset_Refused');
        $this->renewal()->redeem($ticket);
    }

    /** The page dies at any statement: either nothing is stored, or it is and will be told. Nobody's thief gets in by it. */
    public function testKilledAtEveryStatement()
    {
        $this->barred('pgsql');
        $counting = new BreakingDb($this->db, 0);
        $this->renewal($counting)->set(1, self::NEW_ONE, self::NEW_ONE);
        $this->assertGreaterThan(10, $counting->calls);
        for ($at = 1; $at <= $counting->calls; $at++) {
            $this->server = new Server();
            $this->clock->time = time();
            $this->barred('pgsql');
            try {
                $this->renewal(new BreakingDb($this->db, $at))->set(1, self::NEW_ONE, self::NEW_ONE);
                $this->fail('not killed');
            } catch (Killed $e) {
                $stored = $this->password(1) !== '';
            }
            $this->db = new PdoDb('pgsql');
            $this->rounds(3);
            $this->assertSame(array(), $this->reported()['changed'], "statement $at");
            $this->assertSame($stored ? $this->hasher->hash(self::NEW_ONE, 'salt1') : '', $this->password(1), "statement $at");
            $this->assertSame(!$stored, $this->bars(1), "statement $at");
            $this->assertSame($stored ? 1 : 0, min(1, count($this->server->log('POST /v1/mypage/members/1/'))), "statement $at");
        }
    }

    public function testNobodyIsLetInByWhatIsOnlyIntended()
    {
        $this->barred('pgsql');
        $book = $this->book();
        $book->intend(1, ExposureReset_Random::uuid(), $book->evidence(1, md5('never stored')));
        $this->assertTrue($this->bars(1));
        $this->rounds(1);
        $this->assertTrue($this->bars(1));
        $this->assertCount(0, $this->server->log('POST /v1/mypage/members/1/'), 'nor told');
    }
}
