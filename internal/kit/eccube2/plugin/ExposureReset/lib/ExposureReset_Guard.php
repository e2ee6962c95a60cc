<?php
/**
 * What happens on every front page, for the plugin and for shops that include the files by
 * hand: who must not be logged in is logged out, /forgot/ is answered, and the list is kept
 * up to date once the page is out. It sends answers itself and tells the caller to end.
 *
 * A failure of ours never breaks the shop's page. In mode "on" it never lets anybody stay
 * logged in either: whoever cannot be judged goes on as a guest.
 */
class ExposureReset_Guard
{
    const NOTED = 3600; // seconds between notes that pages come by

    private $settings;
    private $db;
    private $kit = null;
    private $forgotUrl;
    private $waiting = false;

    /**
     * $db: ExposureReset_Db. $forgotUrl: where the page for forgotten passwords is, '' for the
     * shop's usual place. Opening the kit is put off until something needs it.
     */
    public function __construct($settings, $db, $forgotUrl = '')
    {
        $this->settings = $settings;
        $this->db = $db;
        $this->forgotUrl = $forgotUrl === '' ? ExposureReset_Eccube::forgotUrl() : $forgotUrl;
    }

    public function kit()
    {
        if ($this->kit === null) {
            $this->kit = ExposureReset_Kit::open($this->settings, $this->db);
        }
        return $this->kit;
    }

    /**
     * A front page begins; $forgot: it is the page for forgotten passwords, which is never
     * led elsewhere. True: it is answered, end the request.
     */
    public function page($forgot)
    {
        $this->later();
        $session = ExposureReset_Eccube::session();
        try {
            $barred = $this->expel($session);
            $answer = $forgot ? $this->forgot($session) : null;
            if ($answer === null && $barred && !$forgot) {
                $answer = ExposureReset_Answer::redirect($this->forgotUrl);
            }
            if ($answer !== null) {
                $answer->send();
            }
            return $answer !== null;
        } catch (Exception $e) {
            return $this->fault($session, $forgot, $e);
        } catch (Throwable $e) {
            return $this->fault($session, $forgot, $e);
        }
    }

    /** Somebody logged in just now. True: they are out again and answered, end the request. */
    public function loggedIn()
    {
        $session = ExposureReset_Eccube::session();
        try {
            if (!$this->expel($session)) {
                return false;
            }
            return $this->turnedAway();
        } catch (Exception $e) {
            return $this->fault($session, false, $e);
        } catch (Throwable $e) {
            return $this->fault($session, false, $e);
        }
    }

    /** Logs a barred member out. Whether there was one. */
    private function expel($session)
    {
        $member = $session->member();
        if ($member === '' || !$this->kit()->gate()->bars($member)) {
            return false;
        }
        ExposureReset_Eccube::logOut($session);
        return true;
    }

    /** After a login: the shop may have written its answer for a script already. */
    private function turnedAway()
    {
        $written = ob_get_level() > 0 ? ltrim((string) ob_get_contents()) : '';
        if ($written !== '' && $written[0] === '{') {
            $answer = new ExposureReset_Answer(200, array('Content-Type' => 'text/html; charset=UTF-8', 'Cache-Control' => 'no-store'),
                json_encode(array('success' => $this->forgotUrl)));
        } elseif (headers_sent()) {
            return false;
        } else {
            $answer = ExposureReset_Answer::redirect($this->forgotUrl);
        }
        $answer->send();
        return true;
    }

    /** Whether anybody is to be kept out now: else the note would be untrue. */
    public function anybodyOrdered()
    {
        if (!$this->settings->isOn()) {
            return false;
        }
        $n = $this->kit()->book()->numbers();
        return $n['required'] > 0;
    }

    /** The red line for administrators, '' for none. */
    public function alert()
    {
        try {
            return ExposureReset_Alert::text($this->settings, ExposureReset_Run::age($this->kit()->book(), time()));
        } catch (ExposureReset_Trouble $e) {
            return 'このプラグインの表が読めません。設定画面を一度開いてください。';
        }
    }

    private function forgot($session)
    {
        $method = isset($_SERVER['REQUEST_METHOD']) ? $_SERVER['REQUEST_METHOD'] : 'GET';
        ExposureReset_Eccube::forgetTicket($session);
        return ExposureReset_Eccube::front($this->settings, $this->kit(), $session)->handle($method, $_GET, $_POST, $this->isClosed());
    }

    /**
     * While a password is blank the shop's own page would give that account to whoever holds
     * the stolen data: going back to mode "watch" does not open it.
     */
    private function isClosed()
    {
        if ($this->settings->isOn()) {
            return true;
        }
        $n = $this->kit()->book()->numbers();
        return $n['barred'] > 0;
    }

    /** The shop's own page for forgotten passwords stays closed even then. */
    private function fault($session, $forgot, $e)
    {
        ExposureReset_Eccube::log('page', $e);
        if (!$this->settings->isOn()) {
            return false;
        }
        if ($session->member() !== '') {
            ExposureReset_Eccube::logOut($session);
        }
        if ($forgot) {
            $pages = new ExposureReset_Pages($this->settings, ExposureReset_Eccube::isMobile(), $session,
                ExposureReset_Eccube::here(), ExposureReset_Eccube::loginUrl());
            $pages->closed()->send();
        }
        return $forgot;
    }

    /** The list is asked for when the page is out: nobody waits for it. */
    private function later()
    {
        if (!$this->waiting) {
            $this->waiting = true;
            register_shutdown_function(array($this, 'run'));
        }
    }

    /** Sends the page; PHP itself would do it only after us. */
    private static function finish()
    {
        if (function_exists('fastcgi_finish_request')) {
            fastcgi_finish_request();
            return;
        }
        while (ob_get_level() > 0 && @ob_end_flush()) {
            continue;
        }
        flush();
    }

    /** Rounds note that pages come by; where cron does every round, it is noted here. */
    private function seen($book)
    {
        if (time() - (int) $book->get('page_at') > self::NOTED) {
            $book->set('page_at', time());
        }
    }

    public function run()
    {
        try {
            ignore_user_abort(true);
            if (session_id() !== '') {
                session_write_close();
            }
            self::finish();
            if (!$this->kit()->run(false)) {
                $this->seen($this->kit()->book());
            }
        } catch (Exception $e) {
            ExposureReset_Eccube::log('run', $e);
        } catch (Throwable $e) {
            ExposureReset_Eccube::log('run', $e);
        }
    }
}
