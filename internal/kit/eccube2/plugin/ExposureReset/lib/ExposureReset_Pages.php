<?php
/**
 * The pages customers see, whole and without the shop's frame: nothing is loaded from
 * elsewhere, no script runs, no address is handed on. Every value is escaped on its way in.
 * Feature phones get the same pages without styles, in Shift_JIS.
 */
class ExposureReset_Pages
{
    private $settings;
    private $mobile;
    private $session;
    private $self;
    private $login;

    /**
     * $mobile: a feature phone. $session tells what every form must carry. $self: path of this
     * page. $login: where members log in, a path or a URL; '' leaves the link out.
     */
    public function __construct($settings, $mobile, $session, $self, $login)
    {
        $this->settings = $settings;
        $this->mobile = (bool) $mobile;
        $this->session = $session;
        $this->self = self::path($self);
        $this->login = $login;
    }

    /** Everybody who comes to /forgot/ without anything to do here. */
    public function closed()
    {
        return $this->answer(200, 'closed', 'パスワードを忘れた方へ', array());
    }

    /** The button that takes a ticket. */
    public function ticket($ticket, $csrf)
    {
        return $this->answer(200, 'ticket', '新しいパスワードを決める', array('ticket' => $ticket, 'csrf' => $csrf));
    }

    /** The form. $wrong: codes of what was wrong with the last one. $policy tells the limits. */
    public function password($ids, $until, $wrong, $csrf, $policy)
    {
        return $this->answer(200, 'password', '新しいパスワードを決めてください', array('ids' => $ids, 'until' => $until, 'wrong' => $wrong,
            'csrf' => $csrf, 'least' => $policy->least(), 'most' => $policy->most()), count($wrong) > 0);
    }

    /** Stored. $more: another member of the same mailbox still waits. */
    public function done($more, $csrf)
    {
        return $this->answer(200, 'done', 'パスワードを変えました', array('more' => $more, 'csrf' => $csrf));
    }

    public function expired()
    {
        return $this->answer(410, 'expired', 'このページの期限（15分）が切れました', array(), true);
    }

    /** A form that did not come from our page, or a browser that keeps no session. */
    public function refused()
    {
        return $this->answer(403, 'refused', 'この操作は受け付けられませんでした', array(), true);
    }

    /** No answer now; $ticket is not spent as far as we know and may be tried again ('' for none). */
    public function away($ticket, $csrf)
    {
        return $this->answer(503, 'away', 'ただいま手続きできません', array('ticket' => $ticket, 'csrf' => $csrf), true);
    }

    /** This page's own address, with what must be carried and nothing else. */
    public function here()
    {
        $pairs = array();
        foreach ($this->session->carry() as $name => $value) {
            $pairs[] = rawurlencode($name) . '=' . rawurlencode($value);
        }
        return $this->self . ($pairs ? '?' . implode('&', $pairs) : '');
    }

    private function answer($status, $template, $title, $v, $error = false)
    {
        $v['title'] = ($error ? 'エラー：' : '') . $title . '｜' . $this->settings->shop_name;
        $v['h1'] = $title;
        $body = $this->render($template, $v);
        if ($this->mobile) {
            $body = function_exists('mb_convert_encoding') ? mb_convert_encoding($body, 'SJIS-win', 'UTF-8') : iconv('UTF-8', 'CP932//TRANSLIT', $body);
        }
        return new ExposureReset_Answer($status, $this->headers($status), $body);
    }

    private function headers($status)
    {
        $headers = array(
            'Content-Type' => 'text/html; charset=' . ($this->mobile ? 'Shift_JIS' : 'UTF-8'),
            'Cache-Control' => 'no-store',
            'Referrer-Policy' => 'no-referrer',
            'Content-Security-Policy' => "default-src 'none'; style-src 'sha256-" . base64_encode(hash('sha256', $this->css(), true))
                . "'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'",
            'X-Content-Type-Options' => 'nosniff',
            'X-Frame-Options' => 'DENY',
            'X-Robots-Tag' => 'noindex',
        );
        if ($status === 503) {
            $headers['Retry-After'] = '60';
        }
        return $headers;
    }

    /** The frame around one template. The templates see $p (this), $v and nothing else. */
    private function render($template, $v)
    {
        $p = $this;
        ob_start();
        include dirname(__FILE__) . '/../templates/' . $template . '.php';
        $v['main'] = ob_get_clean();
        ob_start();
        include dirname(__FILE__) . '/../templates/frame.php';
        return ob_get_clean();
    }

    public function css()
    {
        return rtrim(file_get_contents(dirname(__FILE__) . '/../templates/pages.css'));
    }

    public function isMobile()
    {
        return $this->mobile;
    }

    /** Text for a page: safe between tags and in quoted attributes. */
    public function e($text)
    {
        return self::escape($text);
    }

    public static function escape($text)
    {
        return htmlspecialchars((string) $text, defined('ENT_SUBSTITUTE') ? ENT_QUOTES | ENT_SUBSTITUTE : ENT_QUOTES, 'UTF-8');
    }

    /** Hidden fields of a form of ours. */
    public function hidden($fields)
    {
        $html = '';
        foreach (array_merge($this->session->carry(), $fields) as $name => $value) {
            $html .= '<input type="hidden" name="' . $this->e($name) . '" value="' . $this->e($value) . '">' . "\n";
        }
        return $html;
    }

    /** The name of the look-up page, as a link where its address is one that may be linked. */
    public function check($lang)
    {
        return self::link($this->settings->lookup_url, $lang === 'en' ? 'Check your data' : 'お客様情報の確認');
    }

    public static function link($url, $words)
    {
        $safe = self::webAddress($url);
        return $safe === '' ? '「' . self::escape($words) . '」' : '<a href="' . self::escape($safe) . '" rel="noreferrer">' . self::escape($words) . '</a>';
    }

    public function login()
    {
        return self::webAddress($this->login) !== '' ? $this->login : ($this->login === '' ? '' : self::path($this->login));
    }

    public function shop()
    {
        return $this->e($this->settings->shop_name);
    }

    public function phone()
    {
        $phone = $this->settings->phone;
        $digits = preg_replace('/[^0-9+]/', '', $phone);
        return strlen($digits) >= 5 ? '<a href="tel:' . $this->e($digits) . '">' . $this->e($phone) . '</a>' : $this->e($phone);
    }

    public function date($lang)
    {
        return self::day($this->settings->notice_date, $lang);
    }

    /** The day of the notice; in English '' when it cannot be told from the text. Escaped. */
    public static function day($text, $lang)
    {
        if ($lang !== 'en') {
            return self::escape($text);
        }
        $months = array('January', 'February', 'March', 'April', 'May', 'June', 'July', 'August', 'September', 'October', 'November', 'December');
        if (preg_match('/\A([0-9]{4})(?:年|[-\/.])([0-9]{1,2})(?:月|[-\/.])([0-9]{1,2})日?\z/u', (string) $text, $m) && $m[2] >= 1 && $m[2] <= 12) {
            return (int) $m[3] . ' ' . $months[$m[2] - 1] . ' ' . $m[1];
        }
        return '';
    }

    /** An http(s) address without anything that could end an attribute or begin a script; '' otherwise. */
    public static function webAddress($url)
    {
        return is_string($url) && preg_match('#\Ahttps?://[A-Za-z0-9\[][^\s"\'<>\\\\\x00-\x20\x7f]*\z#', $url) ? $url : '';
    }

    /** A path on this host: never one that a browser takes for another host's. */
    public static function path($path)
    {
        $path = preg_replace('/[\x00-\x20\x7f\\\\?#].*\z/s', '', (string) $path);
        return '/' . ltrim($path, '/');
    }
}
