<?php
class RunTest extends ShopCase
{
    const SINCE = '2023-07-26T09:00:00+09:00';
    const LATER = '2023-07-27T09:00:00+09:00';

    /** @dataProvider databases */
    public function testWhoIsListedIsKeptOutAndNobodyElse($type)
    {
        $this->shop($type);
        $this->member(1);
        $other = $this->member(11);
        $this->member(2, '');
        $this->member(3, null, array('del_flg' => 1));
        $this->session('one', 1);
        $this->session('eleven', 11);
        foreach (array(1, 2, 3, 404) as $id) {
            $this->server->change($id);
        }
        $this->server->change(11, 'planned');
        $this->rounds();
        foreach (array(1, 2, 3) as $id) {
            $this->assertSame('', $this->password($id));
            $this->assertTrue($this->bars($id), "member $id");
        }
        $this->assertSame($other, $this->password(11));
        $this->assertFalse($this->bars(11));
        $this->assertSame(array('eleven'), $this->sessions());
        $rows = $this->db->pdo()->query('SELECT salt, secret_key, update_date FROM dtb_customer WHERE customer_id = 1')->fetch(PDO::FETCH_NUM);
        $this->assertSame(array('salt1', 'r1', '2023-01-02 03:04:05'), $rows);
        $this->assertEquals(array(1 => self::SINCE, 2 => self::SINCE, 3 => self::SINCE, 404 => self::SINCE), $this->reported()['barred']);
        $this->server->forget();
        $this->book()->set('page_at', $this->clock->time);
        $this->rounds();
        $reports = $this->server->reports();
        $this->assertSame(array('version' => '1.0.0', 'mode' => 'on', 'list_age' => 0, 'findings' => array('tls-unverified'), 'barred' => array(), 'changed' => array()), $reports[0]);
    }

    /** @dataProvider databases */
    public function testSessionsEndTwiceAMinuteApartAndNotAgain($type)
    {
        $this->shop($type);
        $this->member(1);
        $this->server->change(1);
        $this->assertTrue($this->runner()->go(true));
        $this->session('back', 1); // a request that was under way writes it again
        $this->clock->time += 59;
        $this->assertFalse($this->runner()->go(true), 'not due');
        $this->book()->set('next_run', '0');
        $this->assertTrue($this->runner()->go(true));
        $this->assertSame(array('back'), $this->sessions(), 'not a minute yet');
        $this->clock->time += 60;
        $this->rounds();
        $this->assertSame(array(), $this->sessions());
        $this->session('much later', 1);
        $this->rounds(3);
        $this->assertSame(array('much later'), $this->sessions(), 'the gate keeps it out');
    }

    /** @dataProvider databases */
    public function testAPasswordChangedBetweenReadAndWriteStays($type)
    {
        $this->shop($type);
        $this->member(1);
        $this->server->change(1);
        $shop = new ExposureReset_Shop($this->db);
        $this->rounds();
        $this->db->pdo()->exec("UPDATE plg_exposure_member SET barred_at = 0, barred_since = NULL");
        $this->setPassword(1, 'read');
        $rows = $shop->armed(0, 10);
        $this->setPassword(1, 'Read'); // also where the database folds letters
        $this->assertSame(0, $shop->blank(array(1 => $rows[0]['print'])));
        $this->assertSame('Read', $this->password(1));
        $this->setPassword(1, 'read ');
        $this->assertSame(0, $shop->blank(array(1 => $rows[0]['print'])));
        $this->setPassword(1, 'read');
        $this->assertSame(1, $shop->blank(array(1 => $rows[0]['print'])));
        $this->assertSame('', $this->password(1));
    }

    /** @dataProvider databases */
    public function testAPasswordThatNobodyToldOfIsReportedAndThenMadeWorthless($type)
    {
        $this->shop($type);
        $old = $this->member(1);
        $this->server->change(1);
        $this->rounds(3);
        $this->server->forget();
        $this->setPassword(1, 'set in the admin');
        $this->server->problem('/kit-reports', 503);
        $this->rounds(2);
        $this->assertSame('set in the admin', $this->password(1), 'not before it is known');
        $this->assertTrue($this->bars(1));
        $this->server->asUsual();
        $this->server->forget();
        $this->rounds(1);
        $reported = $this->reported();
        $this->assertMatchesRegularExpression('/\A[0-9a-f]{64}\z/', $reported['changed'][1]);
        $this->session('theirs', 1);
        $this->rounds(1);
        $this->assertSame('', $this->password(1));
        $this->assertSame(array(), $this->sessions());
        $this->assertEquals(array(1 => self::SINCE), $this->reported()['barred'], 'barred again, and said so');
        $this->server->forget();
        $this->setPassword(1, $old); // a backup was put back
        $this->rounds(3);
        $this->assertCount(1, $this->reported()['changed']);
        $this->assertSame('', $this->password(1));
    }

    /** @dataProvider databases */
    public function testTheOldPasswordComingBackIsNoChange($type)
    {
        $this->shop($type);
        $old = $this->member(1);
        $this->server->change(1);
        $this->rounds(3);
        $this->server->forget();
        $this->setPassword(1, $old);
        $this->rounds();
        $this->assertSame('', $this->password(1));
        $this->assertSame(array(), $this->reported()['changed']);
    }

    /** @dataProvider databases */
    public function testWatchingTouchesNothing($type)
    {
        $this->shop($type);
        $this->settings->mode = 'watch';
        $hash = $this->member(1);
        $this->session('one', 1);
        $this->server->change(1);
        $this->rounds(3);
        $this->assertSame($hash, $this->password(1));
        $this->assertSame(array('one'), $this->sessions());
        $this->assertFalse($this->bars(1));
        $reports = $this->server->reports();
        $this->assertSame(array('watch', array(), array()), array($reports[2]['mode'], $reports[2]['barred'], $reports[2]['changed']));
        $shop = new ExposureReset_Shop($this->db);
        $this->assertSame(1, $shop->countArmed());
        $this->assertSame(array('required' => 1, 'barred' => 0, 'untold' => 0, 'waiting' => 1), $this->book()->numbers());
        $this->settings->mode = 'on';
        $this->rounds();
        $this->assertTrue($this->bars(1));
        $this->settings->mode = 'watch';
        $this->assertFalse($this->bars(1));
    }

    /** @dataProvider databases */
    public function testHeldMakesNobodyWorthlessAnew($type)
    {
        $this->shop($type);
        $this->member(1);
        $hash = $this->member(2);
        $this->server->change(1);
        $this->rounds(3);
        $this->server->set('held', true);
        $this->server->change(2);
        $this->setPassword(1, 'theirs');
        $this->rounds(3);
        $this->assertSame(array('theirs', $hash), array($this->password(1), $this->password(2)));
        $this->assertSame(array(true, false), array($this->bars(1), $this->bars(2)));
        $this->assertCount(1, $this->reported()['changed']);
        $this->server->set('held', false);
        $this->rounds();
        $this->assertSame(array('', ''), array($this->password(1), $this->password(2)));
    }

    /** @dataProvider databases */
    public function testWhoLeavesTheListIsLetIn($type)
    {
        $this->shop($type);
        $this->member(1);
        $this->server->change(1);
        $this->rounds(3);
        $this->setPassword(1, 'accepted by the team');
        $this->server->change(1, 'completed', self::LATER);
        $this->rounds();
        $this->assertFalse($this->bars(1));
        $this->assertSame('accepted by the team', $this->password(1));
        $this->server->forget();
        $this->server->change(1, 'required', '2023-08-01T00:00:00+09:00'); // another breach
        $this->rounds();
        $this->assertTrue($this->bars(1));
        $this->assertSame('', $this->password(1));
        $this->assertEquals(array(1 => '2023-08-01T00:00:00+09:00'), $this->reported()['barred']);
    }

    /** @dataProvider databases */
    public function testAnApiThatIsAwayChangesNothing($type)
    {
        $this->shop($type);
        $this->member(1);
        $hash = $this->member(2);
        $this->server->change(1);
        $this->rounds();
        $this->server->change(2);
        $url = $this->settings->api_url;
        $this->settings->api_url = 'http://127.0.0.1:1';
        $this->rounds(60); // an hour
        $this->assertTrue($this->bars(1));
        $this->assertFalse($this->bars(2));
        $this->assertSame($hash, $this->password(2));
        $this->assertGreaterThan(3600, ExposureReset_Run::age($this->book(), $this->clock->now()));
        $this->settings->api_url = $url;
        $this->server->forget();
        $this->rounds();
        $this->assertTrue($this->bars(2));
        $this->assertTrue($this->hadList());
    }

    /** @dataProvider forgeries */
    public function testAForgedListChangesNothing($type, $forge)
    {
        $this->shop($type);
        $hash = $this->member(1);
        $barred = $this->member(2);
        $this->server->change(2);
        $this->rounds();
        $before = $this->db->all('SELECT * FROM plg_exposure_member ORDER BY customer_id');
        $forge($this);
        $this->rounds(2);
        $this->assertSame($hash, $this->password(1));
        $this->assertSame(array(true, false), array($this->bars(2), $this->bars(1)));
        $this->assertEquals(array_column($before, 'since'), array_column($this->db->all('SELECT * FROM plg_exposure_member ORDER BY customer_id'), 'since'));
        $this->assertSame('1', $this->book()->get('cursor'));
    }

    public static function forgeries()
    {
        $all = array();
        foreach (self::databases() as $name => $db) {
            foreach (array('SELF', 'NAME', 'EXPIRED', 'GOOD') as $tls) { // of the good one the system does not know the authority
                $all["$name TLS $tls"] = array($db[0], function ($test) use ($tls) {
                    $test->settings->api_url = getenv("KIT_TLS_$tls");
                });
            }
            foreach (ApiTest::nonsense() as $what => $body) {
                $all["$name $what"] = array($db[0], function ($test) use ($body) {
                    $test->server->instead(self::LIST, 200, $body[0], array('Content-Type: ' . (isset($body[1]) ? $body[1] : 'application/json')));
                });
            }
            $all["$name large"] = array($db[0], function ($test) {
                $test->server->instead(self::LIST, 200, ' ' . ApiTest::GOOD, array('Content-Type: application/json'), 0, 20000);
            });
            $all["$name key"] = array($db[0], function ($test) {
                $test->settings->key = 'exk_' . str_repeat('w', 43);
            });
        }
        return $all;
    }

    public function testTheRightCertificateIsHeard()
    {
        $this->shop('pgsql');
        $this->member(1);
        $this->settings->api_url = getenv('KIT_TLS_GOOD');
        $this->runner(null, new ExposureReset_Http(getenv('KIT_TLS_CA')))->go(true);
        $this->assertTrue($this->bars(1));
    }

    /** @dataProvider databases */
    public function testClocksThatJump($type)
    {
        $this->shop($type);
        $this->member(1);
        $this->server->change(1);
        $this->rounds();
        $this->session('again', 1);
        $this->clock->time -= 7 * 3600;
        $this->assertTrue($this->runner()->go(true), 'set back: due at once');
        $this->assertSame(array(), $this->sessions(), 'and the second time is not put off for hours');
        $reports = $this->server->reports();
        $this->assertContains('clock', $reports[1]['findings']);
        $this->clock->time += 30 * 3600;
        $this->assertTrue($this->runner()->go(true));
        $this->member(2);
        $this->server->change(2);
        $this->clock->time -= 23 * 3600;
        $this->rounds();
        $this->assertTrue($this->bars(2));
        $this->assertTrue($this->bars(1));
    }

    /** @dataProvider databases */
    public function testFromAPageItIsShortAndGoesOnAtTheNext($type)
    {
        $this->shop($type);
        foreach (range(1, 450) as $id) {
            $this->member($id);
        }
        $this->server->set('bulk', 450);
        $this->server->set('page', 10);
        $this->assertTrue($this->runner()->go(false));
        $this->assertCount(20, $this->server->log('GET'));
        $this->assertSame(array(200, 200), array($this->book()->numbers()['required'], $this->book()->numbers()['barred']));
        $this->assertFalse($this->hadList());
        for ($i = 0; $i < 2; $i++) {
            $this->assertTrue($this->runner()->go(false), 'what is left is due at once');
        }
        $this->assertSame(450, $this->book()->numbers()['barred']);
        $this->assertCount(450, $this->reported()['barred']);
        $this->assertFalse($this->runner()->due());
    }

    public function testASlowApiKeepsAPageWaitingForOneCall()
    {
        $this->shop('pgsql');
        $this->server->instead('', 200, '{}', array('Content-Type: application/json'), 5);
        $began = microtime(true);
        $this->assertTrue($this->runner()->go(false));
        $this->assertCount(1, $this->server->log(), 'no further call: ' . round(microtime(true) - $began, 1) . ' s');
        $this->assertStringStartsWith('timeout', $this->book()->get('call_error'));
    }

    /** @dataProvider databases */
    public function testReportsAreCutIntoPieces($type)
    {
        $this->shop($type);
        $this->server->set('bulk', 2500);
        $this->rounds();
        $sizes = array();
        foreach ($this->server->log('POST /v1/mypage/kit-reports') as $entry) {
            $sizes[] = count(json_decode($entry['body'], true)['barred']);
            $this->assertLessThan(256 * 1024, strlen($entry['body']));
        }
        $this->assertSame(array(1000, 1000, 500), $sizes);
    }

    public function testFindings()
    {
        $this->shop('pgsql');
        $this->server->change('m-1');
        $kit = ExposureReset_Kit::open($this->settings, $this->db);
        $kit->note(array('templates' => true, 'other' => true));
        $kit->note(array('forgot-open' => true));
        $this->rounds();
        $kit->note(array('templates' => false, 'forgot-open' => false));
        $this->rounds(1, false);
        $this->rounds();
        $this->clock->time += 86400;
        $this->rounds();
        $told = array();
        foreach ($this->server->reports() as $report) {
            $told[] = $report['findings'];
        }
        $this->assertSame(array('tls-unverified', 'ids', 'hooks', 'templates', 'forgot-open'), $told[0], 'no page of the shop has come by yet');
        $this->assertSame(array('tls-unverified', 'ids'), $told[1]);
        $this->assertNotContains('hooks', $told[2], 'a page came by a minute ago');
        $this->assertContains('hooks', $told[3], 'no page came by for a day');
    }

    public function testACursorThatIsNoneBeginsAnew()
    {
        $this->shop('pgsql');
        $this->server->change(1);
        $this->rounds();
        $this->server->problem(self::LIST, 400);
        $this->rounds();
        $this->server->asUsual();
        $this->server->forget();
        $this->rounds();
        $this->assertSame('GET /v1/mypage/password-resets', $this->server->log('GET')[0]['call']);
    }

    public function testTheKitGoesOnWhateverHappens()
    {
        $this->shop('pgsql');
        $this->db->pdo()->exec('DROP TABLE plg_exposure_state');
        $this->spoilt();
        $this->assertFalse(ExposureReset_Kit::open($this->settings, $this->db)->run(false));
        $this->settings->key = '';
        $this->assertFalse(ExposureReset_Kit::open($this->settings, $this->db)->run(false));
    }
}
