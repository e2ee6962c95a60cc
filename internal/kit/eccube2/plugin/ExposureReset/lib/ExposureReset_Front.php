<?php
/**
 * The page /forgot/ and what a ticket opens there. Opening an address spends nothing; a form
 * is taken only with the token of this session; the ticket leaves the address bar before the
 * password is asked. It writes no log: a ticket, a number or a password could get into it.
 */
class ExposureReset_Front
{
    private $session;
    private $pages;
    private $renewal;
    private $clock;

    /** $renewal: ExposureReset_Renewal. */
    public function __construct($session, $pages, $renewal, $clock)
    {
        $this->session = $session;
        $this->pages = $pages;
        $this->renewal = $renewal;
        $this->clock = $clock;
    }

    /**
     * The answer, or null where nothing of ours is asked for and $closed is false: then the
     * shop's own page may go on. $get and $post are what PHP makes of the request.
     */
    public function handle($method, $get, $post, $closed)
    {
        if ($method === 'POST' && (isset($post['exposure_step']) || isset($post['exposure_csrf']))) {
            return $this->form($post);
        }
        if (array_key_exists('ticket', $get)) {
            return $this->opened($get['ticket']);
        }
        $right = $this->session->right($this->clock->now());
        if ($right !== null) {
            return $this->shown($right);
        }
        return $closed ? $this->pages->closed() : null;
    }

    /** Whether this could be a ticket: 43 characters of base64url. */
    public static function looksLikeTicket($ticket)
    {
        return is_string($ticket) && preg_match('/\A[A-Za-z0-9_-]{43}\z/', $ticket) === 1;
    }

    private function opened($ticket)
    {
        if (!self::looksLikeTicket($ticket)) {
            return $this->pages->expired();
        }
        return $this->pages->ticket($ticket, $this->session->csrf());
    }

    private function shown($right)
    {
        if ($right['done']) {
            return $this->pages->done(count($right['ids']) > 0, $this->session->csrf());
        }
        return $this->pages->password($right['ids'], $right['until'], $right['wrong'], $this->session->csrf(), $this->renewal->policy());
    }

    private function form($post)
    {
        if (!$this->session->accepts(self::field($post, 'exposure_csrf'))) {
            return $this->pages->refused();
        }
        $step = self::field($post, 'exposure_step');
        if ($step === 'redeem' || isset($post['ticket'])) {
            return $this->redeem(self::field($post, 'ticket'));
        }
        $right = $this->session->right($this->clock->now());
        if ($right === null) {
            return $this->pages->expired();
        }
        return $step === 'more' ? $this->more($right) : $this->set($right, $post);
    }

    private function redeem($ticket)
    {
        if (!self::looksLikeTicket($ticket)) {
            return $this->pages->expired();
        }
        try {
            $ids = $this->renewal->redeem($ticket);
        } catch (ExposureReset_Refused $e) {
            return $this->pages->expired();
        } catch (ExposureReset_Unreachable $e) {
            return $this->pages->away($ticket, $this->session->csrf());
        } catch (ExposureReset_Trouble $e) {
            return $this->pages->away($ticket, $this->session->csrf());
        }
        if (count($ids) === 0) {
            return $this->pages->away('', '');
        }
        $this->session->begin(array_map('strval', $ids), $this->clock->now());
        return ExposureReset_Answer::redirect($this->pages->here());
    }

    private function more($right)
    {
        if (count($right['ids']) > 0) {
            $right['done'] = false;
            $this->session->keep($right);
        }
        return ExposureReset_Answer::redirect($this->pages->here());
    }

    private function set($right, $post)
    {
        if (count($right['ids']) === 0) {
            return $this->pages->expired();
        }
        // A form sent twice names a member who is done: it must not become another one's.
        $id = !isset($post['member']) && count($right['ids']) === 1 ? $right['ids'][0] : self::field($post, 'member');
        if (!in_array($id, $right['ids'], true)) {
            return $this->again($right, array('which'));
        }
        try {
            $wrong = $this->renewal->set((int) $id, self::field($post, 'password'), self::field($post, 'again'));
        } catch (ExposureReset_Refused $e) {
            return $this->pages->expired();
        } catch (ExposureReset_Unreachable $e) {
            return $this->pages->away('', '');
        } catch (ExposureReset_Trouble $e) {
            return $this->pages->away('', '');
        }
        if (in_array('refused', $wrong, true)) { // stored, and the look-up does not take it: only another ticket helps
            $this->session->drop();
            return $this->pages->expired();
        }
        if (in_array('gone', $wrong, true) || in_array('trouble', $wrong, true)) {
            return $this->pages->away('', '');
        }
        return count($wrong) > 0 ? $this->again($right, $wrong) : $this->stored($right, $id);
    }

    /** The form once more. Nothing of what was typed is kept. */
    private function again($right, $wrong)
    {
        $right['wrong'] = array_values($wrong);
        $this->session->keep($right);
        return ExposureReset_Answer::redirect($this->pages->here());
    }

    /** Every session of the member has ended by now; this one is told to log in, too. */
    private function stored($right, $id)
    {
        if ($this->session->member() !== '') {
            ExposureReset_Eccube::logOut($this->session);
        }
        $this->session->renew();
        $right['ids'] = array_values(array_diff($right['ids'], array($id)));
        $right['wrong'] = array();
        $right['done'] = true;
        $this->session->keep($right);
        return ExposureReset_Answer::redirect($this->pages->here());
    }

    /** A text field of a form; '' for anything else, such as a list. */
    private static function field($post, $name)
    {
        return isset($post[$name]) && is_string($post[$name]) ? $post[$name] : '';
    }
}
