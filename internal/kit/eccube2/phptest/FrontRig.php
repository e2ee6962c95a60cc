<?php
require_once __DIR__ . '/../plugin/ExposureReset/lib/load.php';

/** A browser at /forgot/, with a look-up service that answers as told. */
class FrontRig
{
    const TICKET = 'AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8';

    public $session;
    public $renewal;
    public $clock;
    public $settings;

    public function __construct()
    {
        $this->session = new RigSession();
        $this->renewal = new RigRenewal();
        $this->clock = new RigClock();
        $this->settings = self::settings();
    }

    public static function settings()
    {
        return ExposureReset_Settings::fromArray(array('api_url' => 'https://api.example.com', 'key' => 'exk_ICEiIyQlJicoKSorLC0uLzAxMjM0NTY3ODk6Ozw9Pj8',
            'lookup_url' => 'https://check.example.com/check', 'mode' => 'on', 'shop_name' => 'ひなた堂', 'phone' => '0120-000-000', 'notice_date' => '2023年7月25日'));
    }

    public function front()
    {
        $pages = new ExposureReset_Pages($this->settings, false, $this->session, '/forgot/', '/mypage/login.php');
        return new ExposureReset_Front($this->session, $pages, $this->renewal, $this->clock);
    }

    public function get($query)
    {
        return $this->front()->handle('GET', $query, array(), true);
    }

    public function post($form)
    {
        return $this->front()->handle('POST', array(), $form, true);
    }

    public function redeem()
    {
        return $this->post(array('exposure_step' => 'redeem', 'ticket' => self::TICKET, 'exposure_csrf' => $this->session->csrf()));
    }

    public function setPassword($more)
    {
        return $this->post($more + array('exposure_step' => 'set', 'password' => 'correct horse battery',
            'again' => 'correct horse battery', 'exposure_csrf' => $this->session->csrf()));
    }
}

/** A session whose number is counted instead of sent. */
class RigSession extends ExposureReset_Session
{
    public $renewed = 0;
    public $number = '';
    public $next = '';

    public function renew()
    {
        $this->renewed++;
        $this->number = $this->next;
        parent::renew();
    }

    public function carry()
    {
        return $this->number === '' ? array() : array('ECSESSID' => $this->number);
    }
}

class RigRenewal
{
    public $redeems = array(1001);
    public $sets = array();
    public $redeemed = array();
    public $set = array();

    public function redeem($ticket)
    {
        $this->redeemed[] = $ticket;
        return $this->answer($this->redeems);
    }

    public function set($id, $new, $again)
    {
        $this->set[] = array($id, $new, $again);
        return $this->answer($this->sets);
    }

    public function policy()
    {
        return new ExposureReset_Policy(50);
    }

    private function answer($answer)
    {
        if ($answer instanceof Exception) {
            throw $answer;
        }
        return $answer;
    }
}

class RigClock
{
    public $now = 1690000000;

    public function now()
    {
        return $this->now;
    }
}
