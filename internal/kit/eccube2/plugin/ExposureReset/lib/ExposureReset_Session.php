<?php
/**
 * What this plugin keeps in the visitor's session, and how a member's login is ended. The
 * members a ticket stands for are kept here, on the server, never in a form.
 */
class ExposureReset_Session
{
    const NAME = 'exposure_reset';
    const LIFE = 900; // seconds for setting the passwords of one ticket, as long as a ticket lasts

    private $byRequest;

    /** $byRequest: the shop carries the session number in forms and addresses, not in a cookie. */
    public function __construct($byRequest = false)
    {
        $this->byRequest = (bool) $byRequest;
    }

    /** What every form and address of ours must carry (name => value) to stay in this session. */
    public function carry()
    {
        return $this->byRequest && session_id() !== '' ? array(session_name() => session_id()) : array();
    }

    /** The token our forms carry against forms of other sites. */
    public function csrf()
    {
        $kept = $this->kept();
        if (!isset($kept['csrf']) || !is_string($kept['csrf']) || strlen($kept['csrf']) !== 64) {
            $kept['csrf'] = ExposureReset_Random::hex(32);
            $_SESSION[self::NAME] = $kept;
        }
        return $kept['csrf'];
    }

    /** Whether a form carries that token. It makes none: a session without one refuses every form. */
    public function accepts($token)
    {
        $kept = $this->kept();
        return isset($kept['csrf']) && is_string($kept['csrf']) && strlen($kept['csrf']) === 64
            && ExposureReset_Random::same($kept['csrf'], $token);
    }

    /** The right to set passwords: array(ids, until, wrong, done), or null without one. */
    public function right($now)
    {
        $kept = $this->kept();
        if (!isset($kept['right']) || !is_array($kept['right']) || !isset($kept['right']['until']) || $now >= $kept['right']['until']) {
            return null;
        }
        return $kept['right'];
    }

    /** Begins a right. The session gets a new number: whoever planted the old one has nothing. */
    public function begin($ids, $now)
    {
        $this->renew();
        $this->keep(array('ids' => array_values($ids), 'until' => $now + self::LIFE, 'wrong' => array(), 'done' => false));
    }

    public function keep($right)
    {
        $kept = $this->kept();
        $kept['right'] = $right;
        $_SESSION[self::NAME] = $kept;
    }

    public function drop()
    {
        unset($_SESSION[self::NAME]);
    }

    /** A new session number, and a new token with it. */
    public function renew()
    {
        if (session_id() !== '') {
            session_regenerate_id(true);
        }
        $kept = $this->kept();
        unset($kept['csrf']);
        $_SESSION[self::NAME] = $kept;
    }

    /** The member who is logged in here, as a text; '' for nobody. */
    public function member()
    {
        if (!isset($_SESSION['customer']) || !is_array($_SESSION['customer']) || !isset($_SESSION['customer']['customer_id'])) {
            return '';
        }
        $id = $_SESSION['customer']['customer_id'];
        return is_int($id) || is_string($id) ? (string) $id : '';
    }

    /** Ends the login. What the shop itself does at a logout may be done before; this is what counts. */
    public function leave()
    {
        unset($_SESSION['customer']);
    }

    /** Takes a text out of whatever the shop remembered of this request, as "the page before". */
    public function forget($text)
    {
        if ($text !== '' && isset($_SESSION) && is_array($_SESSION)) {
            array_walk_recursive($_SESSION, array($this, 'blank'), $text);
        }
    }

    public function blank(&$value, $key, $text)
    {
        if (is_string($value) && strpos($value, $text) !== false) {
            $value = '';
        }
    }

    private function kept()
    {
        return isset($_SESSION[self::NAME]) && is_array($_SESSION[self::NAME]) ? $_SESSION[self::NAME] : array();
    }
}
