<?php
class SelfTestTest extends ShopCase
{
    /** Verdicts by code. */
    private function verdicts($facts = array('forgot' => true, 'templates' => true))
    {
        $kit = ExposureReset_Kit::open($this->settings, $this->db);
        $verdicts = array();
        foreach ($kit->selfTest($facts)->lines() as $line) {
            $this->assertCount(3, $line);
            $this->assertContains($line[1], array('ok', 'warn', 'bad'));
            $this->assertMatchesRegularExpression('/\p{Hiragana}/u', $line[2]);
            $this->assertStringNotContainsString(Server::key(), $line[2]);
            $verdicts[$line[0]] = $line[1];
        }
        return $verdicts;
    }

    /** @dataProvider databases */
    public function testAllIsWell($type)
    {
        $this->shop($type);
        $this->member(1);
        $this->server->change(1);
        $this->clock->time = time();
        $this->rounds(1, true);
        $this->clock->time = time();
        $this->book()->set('next_run', '0');
        $this->rounds(1, false);
        $before = $this->db->all('SELECT * FROM plg_exposure_state ORDER BY name');
        $v = $this->verdicts();
        $this->assertSame('warn', $v['tls'], 'in the clear, on the machine itself');
        unset($v['tls']);
        $this->assertSame(array('ok'), array_values(array_unique($v)), json_encode($v));
        foreach (array('reach', 'key', 'clock', 'list', 'report', 'hooks', 'cron', 'forgot', 'templates', 'members', 'untold', 'mode', 'held', 'random', 'limits', 'sessions') as $code) {
            $this->assertArrayHasKey($code, $v);
        }
        $this->assertSame($before, $this->db->all('SELECT * FROM plg_exposure_state ORDER BY name'), 'looking changes nothing');
        $numbers = ExposureReset_Kit::open($this->settings, $this->db)->numbers();
        $this->assertSame(array('required' => 1, 'barred' => 1, 'untold' => 0, 'waiting' => 0, 'armed' => 0, 'strangers' => 0), $numbers);
    }

    public function testWhatIsWrongIsSaid()
    {
        $this->shop('pgsql');
        $v = $this->verdicts(array());
        $this->assertSame(array('bad', 'bad', 'bad', 'warn', 'warn', 'warn'), array($v['list'], $v['report'], $v['hooks'], $v['cron'], $v['forgot'], $v['templates']));
        $v = $this->verdicts(array('forgot' => false, 'templates' => false));
        $this->assertSame(array('bad', 'warn'), array($v['forgot'], $v['templates']));
        $this->server->set('held', true);
        $this->server->change(404);
        $this->rounds();
        $v = $this->verdicts();
        $this->assertSame(array('warn', 'warn'), array($v['held'], $v['strangers']));
        foreach (array(503 => 'reach', 401 => 'key', 400 => 'reach') as $status => $code) {
            $this->server->problem('/password-resets', $status);
            $this->assertSame('bad', $this->verdicts()[$code]);
        }
        $this->settings->api_url = getenv('KIT_TLS_SELF');
        $this->assertSame('bad', $this->verdicts()['tls']);
        $this->settings->api_url = 'http://127.0.0.1:1';
        $this->assertSame('bad', $this->verdicts()['reach']);
        $this->settings->mode = 'watch';
        $this->settings->key = '';
        $v = $this->verdicts();
        $this->assertSame(array('warn', 'bad'), array($v['mode'], $v['settings']));
        $this->db->pdo()->exec('DROP TABLE plg_exposure_member');
        $this->spoilt();
        $this->assertSame('bad', $this->verdicts()['tables']);
    }
}
