<?php
/**
 * What the administrator is shown: whether everything works that the kit needs. It asks the
 * API once, and changes nothing anywhere.
 */
class ExposureReset_SelfTest
{
    private $settings;
    private $api;
    private $book;
    private $shop;
    private $clock;
    private $facts;
    private $lines;

    /**
     * $facts is what only pages can see, by name: 'forgot' (the shop's page for forgotten
     * passwords is closed), 'templates' (the note stands above the login form): true, false, or
     * null where nobody knows.
     */
    public function __construct($settings, $api, $book, $shop, $clock, $facts = array())
    {
        $this->settings = $settings;
        $this->api = $api;
        $this->book = $book;
        $this->shop = $shop;
        $this->clock = $clock;
        $this->facts = $facts + array('forgot' => null, 'templates' => null);
    }

    /** Lines as array(code, 'ok' | 'warn' | 'bad', text for the administrator). */
    public function lines()
    {
        $this->lines = array();
        foreach ($this->settings->problems() as $problem) {
            $this->add('settings', 'bad', $problem);
        }
        $this->system();
        try {
            $this->book->get('next_run');
            $this->call();
            $this->rounds();
            $this->pages();
            $this->members();
        } catch (ExposureReset_Trouble $e) {
            $this->add('tables', 'bad', 'このプラグインの表が読み書きできません。プラグインを入れ直してください。');
        }
        return $this->lines;
    }

    private function add($code, $verdict, $text)
    {
        $this->lines[] = array($code, $verdict, $text);
    }

    private function check($code, $good, $yes, $no, $verdict = 'bad')
    {
        $this->add($code, $good ? 'ok' : $verdict, $good ? $yes : $no);
    }

    private function system()
    {
        try {
            ExposureReset_Random::bytes(16);
            $random = function_exists('hash_hmac') && function_exists('json_decode');
        } catch (ExposureReset_Trouble $e) {
            $random = false;
        }
        $this->check('random', $random, '安全な乱数とハッシュ関数が使えます。', 'PHPで安全な乱数、hash、jsonのどれかが使えません。サーバー会社にご確認ください。');
        $this->check('sessions', ini_get('session.serialize_handler') === 'php', '会員のセッションを終了できる形式です。',
            'セッションの保存形式が標準と違うため、ログイン中のセッションを削除できません（ページを開いた時点では締め出します）。', 'warn');
        $policy = new ExposureReset_Policy();
        $this->check('limits', $policy->least() >= ExposureReset_Policy::LEAST, '新しいパスワードは' . $policy->least() . '文字から' . $policy->most() . '文字です。',
            'このショップのログイン画面は' . $policy->most() . '文字までしか受け付けません。定数 PASSWORD_MAX_LEN を50にしてください。');
    }

    private function call()
    {
        try {
            $page = $this->api->changes($this->book->get('cursor'));
        } catch (ExposureReset_Unreachable $e) {
            $texts = array(
                'tls' => array('tls', '接続先の証明書を確認できません。証明書ファイル（CA）の設定と、サーバーの時計をご確認ください。'),
                'key' => array('key', 'APIのキーが受け付けられません。キーが正しいか、停止されていないかをご確認ください。'),
                'setup' => array('reach', 'このPHPには、暗号化した通信に必要な機能（curl または openssl）がありません。'),
                'busy' => array('reach', 'APIがいま応答できません。しばらくすると自動で続きます。'),
                'answer' => array('reach', 'APIのURLから、正しい答えが返りません。URLをご確認ください。'),
            );
            $word = $e->getMessage();
            $line = isset($texts[$word]) ? $texts[$word] : array('reach', 'APIに接続できません。URLと、サーバーから外への通信（443番）をご確認ください。');
            $this->add($line[0], 'bad', $line[1]);
            return;
        } catch (ExposureReset_Refused $e) {
            $this->add('reach', 'bad', 'APIがこの問い合わせを断りました。URLをご確認ください。');
            return;
        }
        $this->add('reach', 'ok', 'APIに接続できました。');
        $this->check('tls', strncmp($this->settings->api_url, 'https:', 6) === 0, '接続先の証明書を確認しました。', '暗号化されていない接続です（同じサーバー内だけで使えます）。', 'warn');
        $this->add('key', 'ok', 'キーは有効です。');
        $skew = $page['date'] > 0 ? abs($this->clock->now() - $page['date']) : 0;
        $this->check('clock', $skew <= ExposureReset_Run::SKEW, 'サーバーの時計は合っています。', 'サーバーの時計が' . $skew . '秒ずれています。時計を合わせてください。', 'warn');
        $this->check('held', !$page['held'], 'パスワードの無効化は止められていません。', 'パスワードの無効化は、いま運用側で止められています。', 'warn');
    }

    private function rounds()
    {
        $age = ExposureReset_Run::age($this->book, $this->clock->now());
        if ($age === null) {
            $this->add('list', 'bad', '一覧をまだ一度も取得できていません。だれも締め出されません。');
        } else {
            $this->check('list', $age <= ExposureReset_Run::STALE, '一覧は' . $age . '秒前のものです。', '一覧が' . $age . '秒前のままです。最後に取得した一覧で判断を続けています。');
        }
        $this->check('report', $this->since('report_at') <= ExposureReset_Run::STALE, '報告は届いています。',
            '最近の報告が届いていません。キーの権限（enforce）と接続をご確認ください。');
        $this->check('cron', $this->since('cron_at') <= ExposureReset_Run::STALE, 'cron から実行されています。',
            'cron から実行されていません。お客様のページ表示時だけ動いています。cron の設定をおすすめします。', 'warn');
        $error = $this->book->get('error');
        if ($error !== '' && $this->ago((int) substr(strrchr($error, ' '), 1)) <= 3600) {
            $this->add('error', 'warn', '直近1時間に、処理が途中で止まりました（次の回が続けます）。');
        }
    }

    /** Seconds since a noted time; very many when it never was. */
    private function since($name)
    {
        return $this->ago((int) $this->book->get($name));
    }

    private function ago($at)
    {
        return abs($this->clock->now() - $at);
    }

    private function pages()
    {
        $this->check('hooks', $this->since('page_at') <= ExposureReset_Run::UNSEEN, 'お客様のページで動いています。', 'お客様のページでこの1日動いていません。プラグインが有効か、ひな形が変わっていないかをご確認ください。');
        if (!$this->settings->isOn()) {
            $this->add('mode', 'warn', '「監視のみ」です。だれのパスワードも無効にせず、だれも締め出しません。');
            $n = $this->book->numbers();
            $this->add('forgot', 'warn', $n['barred'] === 0 ? '「監視のみ」では、ショップの「パスワードを忘れた方」のページは元のままです。'
                : '「監視のみ」でも、「パスワードを忘れた方」のページは閉じたままです（パスワードが無効になった会員がいるため）。');
            return;
        }
        $this->add('mode', 'ok', '「実施」です。');
        $texts = array(
            'forgot' => array('「パスワードを忘れた方」のページは閉じています。', '「パスワードを忘れた方」のページがまだ開いています。'),
            'templates' => array('ログイン画面に案内が出ています。', 'ログイン画面に案内が出ていません。テンプレートをご確認ください。'),
        );
        foreach ($texts as $code => $text) {
            if ($this->facts[$code] === null) {
                $this->add($code, 'warn', 'まだ確認できていません：' . $text[0]);
            } else {
                $this->check($code, $this->facts[$code], $text[0], $text[1], $code === 'forgot' ? 'bad' : 'warn');
            }
        }
    }

    private function members()
    {
        $n = $this->book->numbers();
        $armed = $this->shop->countArmed();
        $text = '対象の会員' . $n['required'] . '人、締め出し中' . $n['barred'] . '人、これから' . $n['waiting'] . '人。';
        if (!$this->settings->isOn()) {
            $text = '対象の会員' . $n['required'] . '人。「実施」にすると、' . $armed . '人のパスワードが無効になります。';
        }
        $this->add('members', 'ok', $text);
        $strangers = $this->shop->countStrangers();
        if ($strangers > 0) {
            $this->add('strangers', 'warn', '一覧の' . $strangers . '人は、このショップにいない会員番号です。');
        }
        $this->check('untold', $n['untold'] === 0, '変更の報告はすべて届いています。', $n['untold'] . '人の変更をまだ報告できていません（自動で続けます）。', 'warn');
    }
}
