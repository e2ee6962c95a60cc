<?php
require_once __DIR__ . '/../plugin/ExposureReset/lib/load.php';
require_once __DIR__ . '/FrontRig.php';

use PHPUnit\Framework\TestCase;

/** The page /forgot/: what opening it does, what its forms need, and where it leads. */
class FrontTest extends TestCase
{
    /** @var FrontRig */
    private $rig;

    protected function setUp(): void
    {
        $_SESSION = array();
        $this->rig = new FrontRig();
    }

    public function testOpeningAddressesSpendsNothing()
    {
        for ($i = 0; $i < 3; $i++) {
            $a = $this->rig->get(array('ticket' => FrontRig::TICKET));
            $this->assertSame(200, $a->status);
        }
        $this->assertSame(array(), $this->rig->renewal->redeemed);
        $this->assertSame(1, substr_count($a->body, FrontRig::TICKET), 'the ticket stands in the hidden field and nowhere else');
        $this->assertStringContainsString('<input type="hidden" name="ticket" value="' . FrontRig::TICKET . '">', $a->body);
        $this->assertStringNotContainsString(FrontRig::TICKET, serialize($a->headers));
    }

    /** @dataProvider notTickets */
    public function testWhatIsNoTicketIsExplained($ticket)
    {
        $a = $this->rig->get(array('ticket' => $ticket));
        $this->assertSame(410, $a->status);
        $this->assertStringContainsString('https://check.example.com/check', $a->body);
        $this->assertStringContainsString('<title>エラー：', $a->body);
    }

    public function notTickets()
    {
        return array('empty' => array(''), 'short' => array('abc'), 'list' => array(array('x')), 'markup' => array('"><script>'),
            'long' => array(str_repeat('A', 44)), 'line end' => array(str_repeat('A', 43) . "\n"));
    }

    public function testARedeemedTicketLeadsToTheCleanAddress()
    {
        $a = $this->rig->redeem();
        $this->assertSame(303, $a->status);
        $this->assertSame('/forgot/', $a->headers['Location']);
        $this->assertSame(array(FrontRig::TICKET), $this->rig->renewal->redeemed);
        $this->assertStringNotContainsString(FrontRig::TICKET, serialize($_SESSION) . serialize($a));
        $page = $this->rig->get(array());
        $this->assertStringContainsString('autocomplete="new-password"', $page->body);
        $this->assertStringContainsString('1001', $page->body);
    }

    public function testTheTokenChangesWithTheTicket()
    {
        $this->rig->get(array('ticket' => FrontRig::TICKET));
        $before = $this->rig->session->csrf();
        $this->rig->redeem();
        $this->assertNotSame($before, $this->rig->session->csrf());
        $this->assertSame(1, $this->rig->session->renewed, 'the session gets a new number');
    }

    /** @dataProvider wrongTokens */
    public function testNeitherFormIsTakenWithoutTheToken($token)
    {
        $this->rig->get(array('ticket' => FrontRig::TICKET));
        $a = $this->rig->post(array('exposure_step' => 'redeem', 'ticket' => FrontRig::TICKET, 'exposure_csrf' => $token));
        $this->assertSame(403, $a->status);
        $this->rig->redeem();
        $a = $this->rig->post(array('exposure_step' => 'set', 'password' => 'a b c d e f g', 'again' => 'a b c d e f g', 'exposure_csrf' => $token));
        $this->assertSame(403, $a->status);
        $this->assertSame(array(), $this->rig->renewal->set);
    }

    public function wrongTokens()
    {
        return array('none' => array(''), 'other' => array(str_repeat('0', 64)), 'list' => array(array('x')));
    }

    public function testASessionWithoutATokenTakesNoForm()
    {
        $a = $this->rig->post(array('exposure_step' => 'redeem', 'ticket' => FrontRig::TICKET, 'exposure_csrf' => ''));
        $this->assertSame(403, $a->status);
        $this->assertSame(array(), $this->rig->renewal->redeemed);
    }

    public function testASpentTicketAndNoAnswerAreTwoThings()
    {
        $this->rig->renewal->redeems = new ExposureReset_Refused('404');
        $this->assertSame(410, $this->rig->redeem()->status);
        $this->rig->renewal->redeems = new ExposureReset_Unreachable('timeout');
        $a = $this->rig->redeem();
        $this->assertSame(503, $a->status);
        $this->assertSame(1, substr_count($a->body, FrontRig::TICKET), 'it can be tried again');
        $this->rig->renewal->redeems = array();
        $a = $this->rig->redeem();
        $this->assertSame(503, $a->status);
        $this->assertStringNotContainsString(FrontRig::TICKET, $a->body);
    }

    public function testANewPasswordIsSetForTheOnlyMember()
    {
        $this->rig->redeem();
        $_SESSION['customer'] = array('customer_id' => '1001');
        $this->rig->setPassword(array('member' => '9999'));
        $this->assertSame(array(), $this->rig->renewal->set);
        $a = $this->rig->setPassword(array('member' => '1001'));
        $this->assertSame(303, $a->status);
        $this->assertSame(array(array(1001, 'correct horse battery', 'correct horse battery')), $this->rig->renewal->set);
        $this->assertArrayNotHasKey('customer', $_SESSION);
        $done = $this->rig->get(array());
        $this->assertStringContainsString('パスワードを変えました', $done->body);
        $this->assertStringContainsString('/mypage/login.php', $done->body);
        $this->assertSame(410, $this->rig->setPassword(array())->status, 'not twice');
        $this->assertCount(1, $this->rig->renewal->set);
    }

    public function testWrongPasswordsComeBackWithReasonsAndWithoutWhatWasTyped()
    {
        $this->rig->redeem();
        $this->rig->renewal->sets = array('short', 'common');
        $this->assertSame(303, $this->rig->setPassword(array())->status);
        $page = $this->rig->get(array());
        $this->assertStringContainsString('12文字以上にしてください。', $page->body);
        $this->assertStringContainsString('aria-invalid="true"', $page->body);
        $this->assertStringContainsString('<title>エラー：', $page->body);
        $this->assertStringNotContainsString('correct horse', $page->body . serialize($_SESSION));
        $this->rig->renewal->sets = array();
        $this->rig->setPassword(array());
        $this->assertStringContainsString('パスワードを変えました', $this->rig->get(array())->body);
    }

    public function testAPasswordTheLookUpDoesNotTakeNeedsAnotherTicket()
    {
        $this->rig->redeem();
        $this->rig->renewal->sets = array('refused');
        $this->assertSame(410, $this->rig->setPassword(array())->status);
        $this->assertStringContainsString('手続きは休止しています', $this->rig->get(array())->body, 'the right is over');
    }

    /** @dataProvider troubles */
    public function testTroubleIsNoFaultOfTheCustomer($sets)
    {
        $this->rig->redeem();
        $this->rig->renewal->sets = $sets;
        $this->assertSame(503, $this->rig->setPassword(array())->status);
        $this->assertStringContainsString('type="password"', $this->rig->get(array())->body, 'it can be tried again');
    }

    public function troubles()
    {
        return array(array(array('trouble')), array(array('gone')), array(new ExposureReset_Trouble('db')), array(new ExposureReset_Unreachable('timeout')));
    }

    public function testOneMailboxWithSeveralMembers()
    {
        $this->rig->renewal->redeems = array(1001, 1002);
        $this->rig->redeem();
        $this->assertSame(303, $this->rig->setPassword(array())->status);
        $this->assertStringContainsString('会員番号を選んでください。', $this->rig->get(array())->body);
        $this->rig->setPassword(array('member' => '1003'));
        $this->assertSame(array(), $this->rig->renewal->set, 'only members of this ticket');
        $this->rig->setPassword(array('member' => '1002'));
        $this->assertSame(1002, $this->rig->renewal->set[0][0]);
        $this->assertStringContainsString('value="more"', $this->rig->get(array())->body);
        $this->rig->setPassword(array('member' => '1002'));
        $this->assertCount(1, $this->rig->renewal->set, 'a form sent twice is not another member\'s');
        $this->rig->post(array('exposure_step' => 'more', 'exposure_csrf' => $this->rig->session->csrf()));
        $page = $this->rig->get(array());
        $this->assertStringContainsString('1001', $page->body);
        $this->assertStringNotContainsString('1002', $page->body);
    }

    public function testTheRightEndsWithItsTime()
    {
        $this->rig->redeem();
        $this->rig->clock->now += ExposureReset_Session::LIFE - 1;
        $this->assertStringContainsString('type="password"', $this->rig->get(array())->body);
        $this->rig->clock->now += 1;
        $this->assertSame(410, $this->rig->setPassword(array())->status);
        $this->assertStringContainsString('手続きは休止しています', $this->rig->get(array())->body);
        $this->assertSame(array(), $this->rig->renewal->set);
    }

    public function testWhileWatchingTheShopsOwnPageGoesOn()
    {
        $this->assertNull($this->rig->front()->handle('GET', array(), array(), false));
        $this->assertNull($this->rig->front()->handle('POST', array(), array('mode' => 'mail_check'), false));
        $this->assertStringContainsString('content="closed"', $this->rig->front()->handle('POST', array(), array('mode' => 'secret_check'), true)->body);
    }

    public function testAPhoneWithoutCookiesCarriesItsSession()
    {
        $this->rig->session->number = 'n1';
        $a = $this->rig->get(array('ticket' => FrontRig::TICKET));
        $this->assertStringContainsString('<input type="hidden" name="ECSESSID" value="n1">', $a->body);
        $this->rig->session->next = 'n2';
        $this->assertSame('/forgot/?ECSESSID=n2', $this->rig->redeem()->headers['Location']);
    }

    public function testTheTicketIsTakenOutOfWhatTheShopRemembers()
    {
        $_SESSION = array('cart' => array('prev_url' => '/forgot/?ticket=' . FrontRig::TICKET), 'other' => 'kept');
        $this->rig->session->forget(FrontRig::TICKET);
        $this->assertSame(array('cart' => array('prev_url' => ''), 'other' => 'kept'), $_SESSION);
    }

    public function testOnlyATicketIsTakenOutOfTheSession()
    {
        $session = new RigSession();
        $before = isset($_SESSION) ? $_SESSION : array();
        $_SESSION = array('cert' => '7WDhcBTF', 'customer' => array('email' => 'hanako@example.com'), 'page' => '/forgot/?ticket=' . FrontRig::TICKET . '.');
        foreach (array('7WDhcBTF', 'hanako@example.com', 'example.com', FrontRig::TICKET) as $ticket) {
            $_GET['ticket'] = $ticket;
            ExposureReset_Eccube::forgetTicket($session);
        }
        unset($_GET['ticket']);
        $after = $_SESSION;
        $_SESSION = $before;
        $this->assertSame(array('cert' => '7WDhcBTF', 'customer' => array('email' => 'hanako@example.com'), 'page' => ''), $after);
    }
}
