<?php
class ApiTest extends ShopCase
{
    const GOOD = '{"member_id":"1","required":true,"since":"2023-07-26T09:00:00+09:00","state":"required"}';

    private function api()
    {
        return new ExposureReset_Api($this->settings, new ExposureReset_Http());
    }

    public function testAPage()
    {
        $this->server->change('1');
        $this->server->change('22', 'completed', '2023-07-26T09:00:00.123456Z');
        $page = $this->api()->changes('');
        $this->assertSame(array(
            array('id' => 1, 'required' => true, 'state' => 'required', 'since' => '2023-07-26T09:00:00+09:00'),
            array('id' => 22, 'required' => false, 'state' => 'completed', 'since' => '2023-07-26T09:00:00.123456Z'),
        ), $page['members']);
        $this->assertSame(array('2', false, false, 0), array($page['cursor'], $page['more'], $page['held'], $page['odd']));
        $this->assertLessThan(60, abs(time() - $page['date']));
        $this->server->set('page', 1);
        $this->assertTrue($this->api()->changes('')['more']);
        $this->assertSame(22, $this->api()->changes('1')['members'][0]['id']);
    }

    public function testHeldUnlessItIsSaidNot()
    {
        foreach (array(array(true, true), array(null, true), array(false, false), array('no', true)) as $case) {
            $this->server->set('held', $case[0]);
            $this->assertSame($case[1], $this->api()->changes('')['held']);
        }
    }

    public function testIdsOfNoMemberHereAreLeftOut()
    {
        foreach (array('0', '01', 'm-17', '2147483648', '99999999999', '4.5', '-3', '_', '1_0') as $id) {
            $this->server->change($id);
        }
        $this->server->change('2147483647');
        $page = $this->api()->changes('');
        $this->assertSame(9, $page['odd']);
        $this->assertSame(array(2147483647), array_column($page['members'], 'id'));
    }

    /** @dataProvider nonsense */
    public function testNonsenseIsNoPage($body, $type = 'application/json')
    {
        $this->server->instead(self::LIST, 200, $body, array('Content-Type: ' . $type));
        $this->expectException('ExposureReset_Unreachable');
        $this->expectExceptionMessage('answer');
        $this->api()->changes('');
    }

    public static function nonsense()
    {
        $page = function ($member, $rest = '"more":false,"next_cursor":"1","held":false') {
            return '{"members":[' . self::GOOD . ",$member],$rest}";
        };
        return array(
            'empty' => array(''), 'no JSON' => array('<html>login</html>'), 'a number' => array('5'), 'null' => array('null'), 'cut' => array('{"members":[' . self::GOOD),
            'HTML by type' => array($page(self::GOOD), 'text/html'), 'no type' => array($page(self::GOOD), 'application/jsonx'),
            'no members' => array('{"more":false,"next_cursor":"1"}'), 'members no list' => array('{"members":"1","more":false,"next_cursor":"1"}'),
            'no cursor' => array($page(self::GOOD, '"more":false')), 'cursor no text' => array($page(self::GOOD, '"more":false,"next_cursor":1')),
            'cursor of SQL' => array($page(self::GOOD, '"more":false,"next_cursor":"1;DROP TABLE dtb_customer"')),
            'cursor with a line' => array($page(self::GOOD, '"more":false,"next_cursor":"1\n"')),
            'more no truth' => array($page(self::GOOD, '"more":0,"next_cursor":"1"')),
            'member no object' => array($page('"1"')), 'id a number' => array($page('{"member_id":1,"required":true,"since":"2023-07-26T09:00:00+09:00","state":"required"}')),
            'id of SQL' => array($page(str_replace('"1"', '"1 OR 1=1"', self::GOOD))), 'id of HTML' => array($page(str_replace('"1"', '"<b>"', self::GOOD))),
            'id with a line' => array($page(str_replace('"1"', '"1\n"', self::GOOD))), 'id too long' => array($page(str_replace('"1"', '"' . str_repeat('1', 65) . '"', self::GOOD))),
            'required no truth' => array($page(str_replace('true', '"yes"', self::GOOD))), 'no state' => array($page('{"member_id":"1","required":true,"since":"2023-07-26T09:00:00+09:00"}')),
            'state of SQL' => array($page(str_replace('"required"}', '"x\' , 1"}', self::GOOD))), 'since of SQL' => array($page(str_replace('+09:00', "'); DELETE", self::GOOD))),
            'since null' => array($page(str_replace('"2023-07-26T09:00:00+09:00"', 'null', self::GOOD))),
            'too many' => array('{"members":[' . str_repeat(self::GOOD . ',', 1000) . self::GOOD . '],"more":false,"next_cursor":"1"}'),
            'deep' => array(str_repeat('[', 600) . str_repeat(']', 600)),
        );
    }

    /** @dataProvider refusals */
    public function testWhatIsRefusedAndWhatIsAskedAgain($status, $problem, $want)
    {
        $problem ? $this->server->problem('/members', $status) : $this->server->instead('/members', $status, '<html>', array('Content-Type: text/html'));
        try {
            $this->api()->complete(7, ExposureReset_Random::uuid());
            $this->fail('no exception');
        } catch (ExposureReset_Refused $e) {
            $this->assertSame($want, 'refused');
            $this->assertSame((string) $status, $e->getMessage());
        } catch (ExposureReset_Unreachable $e) {
            $this->assertSame($want, $e->getMessage());
        }
    }

    public static function refusals()
    {
        return array(
            array(409, true, 'refused'), array(404, true, 'refused'), array(400, true, 'refused'),
            array(409, false, 'answer'), array(404, false, 'answer'), // a proxy's page is no refusal of the API
            array(401, true, 'key'), array(403, true, 'key'), array(429, true, 'busy'), array(503, true, 'busy'), array(500, false, 'busy'),
            array(302, false, 'answer'), array(204, false, 'answer'),
        );
    }

    public function testWrongKey()
    {
        $this->settings->key = 'exk_' . str_repeat('w', 43);
        $this->expectException('ExposureReset_Unreachable');
        $this->expectExceptionMessage('key');
        $this->api()->changes('');
    }

    public function testTickets()
    {
        $ticket = str_repeat('Ab_-', 10) . 'xyz';
        $this->server->set('tickets', array($ticket => array('12', '7', 'x', '0')));
        $this->assertSame(array(12, 7), $this->api()->redeem($ticket));
        $this->assertCount(1, $this->server->log('POST'));
        foreach (array($ticket, '', 'short', $ticket . 'x', '../' . substr($ticket, 3), $ticket . "\n", array($ticket), null) as $bad) {
            try {
                $this->api()->redeem($bad);
                $this->fail('no exception');
            } catch (ExposureReset_Refused $e) {
                $this->assertSame('404', $e->getMessage());
            }
        }
        $this->assertCount(2, $this->server->log('POST'), 'only what can be a ticket is asked about');
    }

    public function testNothingSecretInWhatIsThrown()
    {
        $ticket = str_repeat('T', 43);
        foreach (array(404, 503, 401) as $status) {
            $this->server->problem('/reset-tickets', $status);
            try {
                $this->api()->redeem($ticket);
            } catch (Exception $e) {
                $this->assertStringNotContainsString($ticket, $e->getMessage());
                $this->assertStringNotContainsString('exk_', $e->getMessage());
                continue;
            }
            $this->fail('no exception');
        }
    }
}
